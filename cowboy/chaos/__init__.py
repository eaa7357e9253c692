"""Chaos: whole games played while processes are killed and stopped, and what their topics say of it afterwards."""
