"""Who is alive, and in which state: heartbeats, and when silence means death."""
