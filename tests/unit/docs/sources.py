"""What the source files tell their readers: docstrings and comments, without the code between them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.unit.docs.pages import ROOT, text_of

FOLDERS = ("cowboy", "consumers", "manager_api", "tests", "docs", "examples")
SUFFIXES = (".py", ".lua", ".js", ".css", ".html")
SOURCES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in SUFFIXES and "__pycache__" not in path.parts
) + [ROOT / name for name in ("celeryconfig.py", "Makefile", "pyproject.toml", "docker-compose.yml", "Dockerfile")]

COMMENTS = {
    ".lua": re.compile(r"--.*"),
    ".js": re.compile(r"(?<![:\"'`])//[^\n]*|/\*.*?\*/", re.DOTALL),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
    ".html": re.compile(r"<!--.*?-->", re.DOTALL),
}
_LINE = re.compile(r"(?m)#.*$")


def prose_of(path: Path) -> str:
    """The docstrings and comments of a file, one after the other. A docstring may stand below a name, too."""
    text = text_of(path)
    if path.suffix == ".py":
        return "\n".join([*_docstrings(text), *_comments(text)])
    return "\n".join(COMMENTS.get(path.suffix, _LINE).findall(text))


def _docstrings(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
