"""The life of bots: assigned to seats, taught, moved, paused, taken off. What the front doors have in common."""
