"""Packages that bring brains, as pip would have left them in a folder that Python looks into."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cowboy.brains import registry


def install(folder: Path, package: str, code: str, *entry_points: str) -> None:
    """One module and what pip writes beside it. An entry point is a line such as `duck = quack:build`."""
    about = folder / f"{package}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("\n".join([f"[{registry.GROUP}]", *entry_points, ""]), encoding="utf-8")
    (folder / f"{package}.py").write_text(code, encoding="utf-8")


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """The packages of the folder can be imported, and the registry has not looked yet; afterwards as before."""
    sys.path.insert(0, str(folder))
    _forget()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        # Those of the folder alone: everybody's else would be imported anew by the next test, and models' take seconds.
        for name in folder.glob("*.py"):
            sys.modules.pop(name.stem, None)
        _forget()


def _forget() -> None:
    registry._offers.cache_clear()
    registry._built_once.cache_clear()
