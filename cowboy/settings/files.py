"""Paths in settings and in configuration files: `~` is expanded, and an error names the whole path that was tried."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def expanded(path: Path) -> Path:
    """A path with its `~` expanded. Raises `ValueError` where that cannot be, or where a variable stands in it.

    A shell would have filled in a variable; a folder of its name is what nobody wants.
    """
    if re.search(r"\$[A-Za-z_{]", str(path)):
        raise ValueError(f"{path}: a variable in a path is not filled in here, only ~ is; write the path out")
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"{path}: there is no such user's home; write the path out") from None


def _readable(path: Path) -> Path:
    whole = path.absolute()
    try:
        with whole.open("rb"):
            return whole
    except OSError as error:
        raise ValueError(f"{whole} cannot be read: {error.strerror}") from None


UserPath = Annotated[Path, AfterValidator(expanded)]
"""A path in which `~` stands for the home directory of the user of the process."""

ExistingFile = Annotated[UserPath, AfterValidator(_readable)]
"""The absolute path of a file that can be read."""
