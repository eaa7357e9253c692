"""A heat map: what a character knows of a map's cells, as a picture. Needs matplotlib, the extra `pictures`."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cowboy.errors import BadRequest, PackageMissing

FORMATS = ("svg", "png", "pdf")
SMALLEST_SIDE = 3
MOST_INCHES = 40.0
"""Of a side: cells that were imported may be anywhere."""


class CellWeight(NamedTuple):
    """How much is known of a cell."""

    row: int
    col: int
    weight: float


class HeatMap(NamedTuple):
    """What is known of the cells of one map, which is named by its fingerprint."""

    map: str
    cells: Sequence[CellWeight]


class CellFact(NamedTuple):
    """A fact about a place of a map: `row,col`, or another where it is about no cell."""

    map: str
    place: str
    counts: Mapping[str, int]


def known_best(facts: Iterable[CellFact]) -> HeatMap | None:
    """The map of which most is known by these facts, all of one kind. None if they tell nothing of any cell.

    Danger weighs by the hit points that were lost, a block by how often it broke, a visit by turns.
    """
    maps: dict[str, list[CellWeight]] = {}
    for fact in facts:
        row, comma, col = fact.place.partition(",")
        if comma:
            weight = next((fact.counts[name] for name in _WEIGHTS if name in fact.counts), 0)
            maps.setdefault(fact.map, []).append(CellWeight(int(row), int(col), weight))
    if not maps:
        return None
    return HeatMap(*max(maps.items(), key=lambda one: (sum(cell.weight for cell in one[1]), one[0])))


_WEIGHTS = ("lost", "broken", "turns")


def draw(cells: Sequence[CellWeight], title: str, kind: str = "svg") -> bytes:
    """The picture of these cells, row 0 at the top, dark where little is known.

    `kind` is one of `FORMATS`. Raises `BadRequest` for another, `PackageMissing` without matplotlib.
    """
    if kind not in FORMATS:
        raise BadRequest(f"a picture cannot be {kind!r}; name a file that ends in .{', .'.join(FORMATS)}")
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # half a second, and an extra
    except ImportError as error:
        raise PackageMissing("heat maps need matplotlib; install it: pip install 'cowboy[pictures]'") from error
    rows = max(SMALLEST_SIDE, *(cell.row + 1 for cell in cells))
    cols = max(SMALLEST_SIDE, *(cell.col + 1 for cell in cells))
    grid = [[0.0] * cols for _ in range(rows)]
    for cell in cells:
        grid[cell.row][cell.col] += cell.weight
    size = (min(MOST_INCHES, max(4.0, cols * 0.4 + 1.5)), min(MOST_INCHES, max(3.5, rows * 0.4 + 1)))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(grid, cmap="inferno", vmin=0)
    axes.set(title=title, xlabel="column", ylabel="row")
    figure.colorbar(image, ax=axes)
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return picture.getvalue()
