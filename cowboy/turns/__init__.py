"""The playing of a turn on a bot's seat: by a worker, or by a keeper when time is almost over."""
