"""Liveness: heartbeats, and when a silent process counts as dead."""
