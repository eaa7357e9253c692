"""Environment variables: those that our files name, and those that libraries must not see.

Libraries read where to send, through which proxy and what to trace from the shell's variables. Ours must use the
settings only, so these variables are withheld from them. A file of ours can still name a withheld variable.
"""

import os
from collections.abc import Iterable

_withheld: dict[str, str] = {}


def withhold(prefixes: Iterable[str]) -> None:
    """Take all variables whose names begin with one of `prefixes` out of this process's environment."""
    for name in [name for name in os.environ if name.startswith(tuple(prefixes))]:
        _withheld[name] = os.environ.pop(name)


def variable(name: str) -> str | None:
    """The variable of that name, withheld or not; None if it is not set."""
    return os.environ.get(name, _withheld.get(name))


def name_of(value: str) -> str | None:
    """A variable that has this value, if there is one."""
    return next((name for name, known in {**_withheld, **os.environ}.items() if known == value), None)
