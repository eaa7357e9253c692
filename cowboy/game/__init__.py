"""The game itself: words, rules, turn order, wire messages. Pure: imports nothing of ours and does no I/O."""
