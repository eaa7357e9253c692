"""Talk beside the game: who has the word at a table. Pure: no clock, no chance, no I/O of its own."""
