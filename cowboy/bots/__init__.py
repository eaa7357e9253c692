"""The life of bots: assigned to seats, taught, moved, paused, taken off. The services behind the front doors."""
