"""State in Redis, one module per noun. `keys.py` is the table of every key; no key is spelled anywhere else."""
