"""Talk at work: the keeper that moves each table on, and the speaker that has a bot say something."""
