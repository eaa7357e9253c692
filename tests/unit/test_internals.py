"""Private parts of libraries are reached only in modules named `<library>_internals`.

Each of these stands in the table of docs/architecture.md, and pyproject.toml bounds its library to one minor version.
ruff's rule SLF001 finds what is left: private members of other objects.
"""

import ast
import importlib
import inspect
import operator
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.unit.docs.pages import ROOT

OURS = ("cowboy", "consumers", "manager_api")
MODULES = sorted(path for part in OURS for path in (ROOT / part).rglob("*.py"))
INTERNALS = [path for path in MODULES if path.stem.endswith("_internals")]
OTHERS = [path for path in MODULES if path not in INTERNALS and path.name not in {"__main__.py", "model_server.py"}]
"""Without those that are programs, one of which imports what only an extra installs."""

ROW = re.compile(r"^\| ([\w-]+) \| `([\w.]+)` \|.*\| `(tests/[\w/]+\.py)` \|$", re.MULTILINE)
"""Of the table: a library, our module, its test."""


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def is_foreign(module: str) -> bool:
    return module.partition(".")[0] not in {*OURS, "celeryconfig", *sys.stdlib_module_names}


def overridden(path: Path) -> Iterator[str]:
    """Private members of a library's class that a class of ours replaces or uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = importlib.import_module(dotted(path))
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or not inspect.isclass(kind := getattr(module, node.name, None)):
            continue
        theirs = [base for base in kind.__mro__ if is_foreign(base.__module__)]
        used = {
            part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute) and _names_itself(part.value)
        } | {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        for name in sorted(filter(is_private, used)):
            owner = next((base for base in theirs if name in vars(base) or _sets(base, name)), None)
            if owner is not None:
                yield f"{node.name}.{name} of {owner.__module__}"


def _names_itself(value: ast.expr) -> bool:
    is_super = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "super"
    return is_super or (isinstance(value, ast.Name) and value.id in {"self", "cls"})


def _sets(kind: type, name: str) -> bool:
    """Whether a class gives its instances that member when they are made."""
    try:
        return re.search(rf"\bself\.{name}\b\s*(:[^=\n]+)?=", inspect.getsource(kind.__init__)) is not None
    except (OSError, TypeError):
        return False


def replaced(path: Path) -> Iterator[str]:
    """Members of a library's module or class to which a module of ours assigns, and private names that it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    foreign = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and is_foreign(node.module) and not node.level:
            foreign |= {alias.asname or alias.name for alias in node.names}
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            yield from (f"import of {node.module}.{name}" for name in names if is_private(name))
    module = importlib.import_module(dotted(path))
    for node in ast.walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Attribute) and (name := ast.unparse(target.value)).partition(".")[0] in foreign:
                owner = operator.attrgetter(name)(module)
                if inspect.ismodule(owner) or inspect.isclass(owner):
                    yield ast.unparse(target)


@pytest.mark.parametrize("path", OTHERS, ids=dotted)
def test_private_parts_of_a_library_are_reached_in_modules_named_for_that(path: Path) -> None:
    assert [*overridden(path), *replaced(path)] == []


def test_all_that_reaches_into_a_library_stands_in_the_architecture() -> None:
    rows = ROW.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert sorted({module for _, module, _ in rows}) == sorted(map(dotted, INTERNALS))
    assert [test for _, _, test in rows if not (ROOT / test).is_file()] == []


def test_a_library_that_is_reached_into_is_bounded_to_the_minor_version_that_is_tested() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted = {need.name: need for need in map(Requirement, tomllib.load(file)["project"]["dependencies"])}
    rows = ROW.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    loose = []
    for library in sorted({library for library, _, _ in rows}):
        major, minor, *_ = map(int, version(library).split(".")[:2])
        within, beyond = version(library), f"{major}.{minor + 1}.0"
        if library not in wanted or beyond in wanted[library].specifier or within not in wanted[library].specifier:
            loose.append(library)
    assert (bool(rows), loose) == (True, [])
