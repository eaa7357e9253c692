"""What the pages, docstrings and comments name exists: modules, files, links, settings."""

import functools
import importlib
import re
from pathlib import Path

import pytest

from cowboy.settings import environment_names
from tests.unit.docs.pages import PAGES, ROOT, names_of, text_of
from tests.unit.docs.sources import SOURCES, prose_of

DOTTED = re.compile(r"\b(?:cowboy|consumers|manager_api)(?:\.[A-Za-z_]\w*)+")
QUOTED = re.compile(rf"`({DOTTED.pattern})`")
FILES = re.compile(r"\b(?:cowboy|consumers|manager_api|docs|examples|tests|config)/[\w./-]*\w")
BARE_FILES = re.compile(r"`([\w-]+\.(?:py|lua|md|js|ya?ml))`")
LINKS = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
ANCHORS = re.compile(r"\b((?:docs/)?\w+\.md)#([\w-]+)")
VARIABLES = re.compile(r"\b(?:COWBOY_[A-Z_]+|[A-Z_]+_(?:BIND|BASE_URL|PREFIX|SERVERS|CAPACITY|VERSION))\b")
OUTSIDE = re.compile(r"§|(?<!/)\bspec/|\bdesign\.md|\bpromise \d|\bof the design\b")
"""References to documents that are not in the repository."""

MADE_BY_TESTS = frozenset({"llm.yml", "map.py"})
"""Names of files that stand for any file."""

each_page = pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
each_source = pytest.mark.parametrize("source", SOURCES, ids=names_of(SOURCES))


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one."""
    module, _, attribute = dotted.rpartition(".")
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError:
        return hasattr(importlib.import_module(module), attribute)
    return True


def is_shown(dotted: str) -> bool:
    """Whether a dotted name of a docstring is a module, or leads from one through its attributes.

    Without importing more than the parent packages where the name is a module: some need what only an extra installs.
    """
    path = ROOT.joinpath(*dotted.split("."))
    if path.with_suffix(".py").is_file() or path.is_dir():
        return True
    module, _, attribute = dotted.rpartition(".")
    return ("." in module and exists(dotted)) or (is_shown(module) and attribute in names_in(module))


@functools.cache
def names_in(module: str) -> frozenset[str]:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    return frozenset(re.findall(r"\w+", text_of(path))) if path.is_file() else frozenset()


@functools.cache
def anchors(page: Path) -> frozenset[str]:
    """What a page's headings are called in links to them."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), flags=re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings)


@functools.cache
def file_names() -> frozenset[str]:
    """The names of all files in the repository, without their folders."""
    folders = ("cowboy", "consumers", "manager_api", "docs", "examples", "tests", "config")
    return frozenset(path.name for path in [*ROOT.iterdir(), *(f for d in folders for f in (ROOT / d).rglob("*"))])


def dangling(text: str) -> list[str]:
    """What a docstring or a comment names that does not exist."""
    missing = [name for name in QUOTED.findall(text) if not is_shown(name)]
    missing += [name for name in FILES.findall(text) if not (ROOT / name).exists()]
    missing += [name for name in BARE_FILES.findall(text) if name not in file_names() | MADE_BY_TESTS]
    for page, anchor in ANCHORS.findall(text):
        file = ROOT / "docs" / Path(page).name
        if not file.is_file() or anchor not in anchors(file):
            missing.append(f"{page}#{anchor}")
    return [*missing, *OUTSIDE.findall(text)]


@each_source
def test_everything_that_a_docstring_or_a_comment_names_exists(source: Path) -> None:
    assert dangling(prose_of(source)) == []


@each_page
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in sorted(set(DOTTED.findall(text_of(page)))) if not exists(name)] == []


@each_page
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in sorted(set(FILES.findall(text_of(page)))) if not (ROOT / name).exists()] == []


@each_page
def test_no_page_refers_to_what_is_not_in_the_repository(page: Path) -> None:
    names = [name for name in BARE_FILES.findall(text_of(page)) if name not in file_names() | MADE_BY_TESTS]
    assert [*names, *OUTSIDE.findall(text_of(page))] == []


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINKS.findall(text_of(page)):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), f"{target}#{anchor}"


@each_page
def test_every_variable_that_a_page_names_is_a_setting(page: Path) -> None:
    named = set(VARIABLES.findall(text_of(page)))
    assert {name for name in named - environment_names() if not name.startswith("COWBOY_TEST_")} == set()


def test_every_page_is_found_from_the_readme() -> None:
    linked = {target for target, _ in LINKS.findall(text_of(ROOT / "README.md"))}
    assert [page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name}" not in linked] == []
