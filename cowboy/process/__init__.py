"""What every process of ours has: logs, loops, health, limits."""
