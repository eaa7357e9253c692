"""What the pages name exists: modules, files, links, settings."""

import importlib
import re
from pathlib import Path

import pytest

from cowboy.settings import environment_names
from tests.unit.docs.pages import PAGES, ROOT, names_of, text_of

DOTTED = re.compile(r"\b(?:cowboy|consumers|manager_api)(?:\.[A-Za-z_]\w*)+")
FILES = re.compile(r"\b(?:cowboy|consumers|manager_api|docs|examples|tests|config)/[\w./-]*\w")
LINKS = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
VARIABLES = re.compile(r"\b(?:COWBOY_[A-Z_]+|[A-Z_]+_(?:BIND|BASE_URL|PREFIX|SERVERS|CAPACITY|VERSION))\b")

each_page = pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one."""
    module, _, attribute = dotted.rpartition(".")
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError:
        return hasattr(importlib.import_module(module), attribute)
    return True


@each_page
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in sorted(set(DOTTED.findall(text_of(page)))) if not exists(name)] == []


@each_page
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    assert [name for name in sorted(set(FILES.findall(text_of(page)))) if not (ROOT / name).exists()] == []


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINKS.findall(text_of(page)):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in links to them."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_variable_that_a_page_names_is_a_setting(page: Path) -> None:
    named = set(VARIABLES.findall(text_of(page)))
    assert {name for name in named - environment_names() if not name.startswith("COWBOY_TEST_")} == set()


def test_every_page_is_found_from_the_readme() -> None:
    linked = {target for target, _ in LINKS.findall(text_of(ROOT / "README.md"))}
    assert [page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name}" not in linked] == []
