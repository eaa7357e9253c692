"""Tests of the arena's pure parts."""
