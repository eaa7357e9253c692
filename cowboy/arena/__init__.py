"""The embedded game backend: everything of the V2 contract in one process, with its state in Redis.

A command's way: gateway → input topic → referee (judges, commits to Redis) → publisher → output topic and watchers.
"""
