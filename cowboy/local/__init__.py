"""Everything on one machine: the embedded servers, child processes and their supervisor.

Behind `cowboy up`, `cowboy match` and the tests. Nothing here knows the game, and production does not need it.
"""
