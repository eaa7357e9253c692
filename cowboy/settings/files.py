"""Paths in settings and in configuration files: `~` is expanded, and an error names the whole path that was tried."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _expanded(path: Path) -> Path:
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


UserPath = Annotated[Path, AfterValidator(_expanded)]
"""A path in which `~` stands for the home directory of the user of the process."""

ExistingFile = Annotated[UserPath, AfterValidator(_readable)]
"""The absolute path of a file that can be read."""
