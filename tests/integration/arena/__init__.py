"""Tests of the arena with a real Redis, a real broker and real processes."""
