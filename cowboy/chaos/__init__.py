"""Chaos: plays whole games while processes are killed and stopped, and judges them by their topics."""
