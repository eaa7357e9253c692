"""Where tables are printed: as wide as the terminal, or as they need to be where there is none."""

import sys

from rich.console import Console

UNBOUNDED_WIDTH = 10_000
"""A file or a pipe has room for everything."""


def output() -> Console:
    """Standard output."""
    return Console(width=None if sys.stdout.isatty() else UNBOUNDED_WIDTH, highlight=False)
