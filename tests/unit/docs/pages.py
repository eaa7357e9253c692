"""The hand-written and generated pages, as the tests of this folder read them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


class Block(NamedTuple):
    """A fenced block: the language, what stands after it on the fence, and the content."""

    language: str
    title: str
    content: str


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> Iterator[Block]:
    """All of a page's, in order."""
    fenced = r"^ *```(\w+) ?([^\n]*)\n(.*?)^ *```$"
    for language, title, content in re.findall(fenced, text_of(page), flags=re.MULTILINE | re.DOTALL):
        yield Block(language, title, content)


def names_of(pages: list[Path]) -> list[str]:
    """Readable ids for parametrised tests."""
    return [str(page.relative_to(ROOT)) for page in pages]
