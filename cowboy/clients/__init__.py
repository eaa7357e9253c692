"""HTTP clients of the services beside us: game manager and bot manager."""
