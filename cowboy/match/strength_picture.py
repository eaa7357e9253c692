"""A picture of strength over budget, with intervals. Needs matplotlib, the extra `pictures`."""

import io
from collections.abc import Sequence

from cowboy.errors import BadRequest, PackageMissing
from cowboy.match.season import Standing

FORMATS = ("svg", "png", "pdf")


def draw(standings: Sequence[Standing], kind: str = "svg") -> bytes:
    """The share of wins of each contender that has a budget, a line for each brain.

    `kind` is one of `FORMATS`. Raises `BadRequest` for another, or if budgets are in ms and in positions or there are
    none, and `PackageMissing` without matplotlib.
    """
    if kind not in FORMATS:
        raise BadRequest(f"a picture cannot be {kind!r}; name a file that ends in .{', .'.join(FORMATS)}")
    budgeted = [standing for standing in standings if standing.contender.budget is not None]
    units = {standing.contender.unit for standing in budgeted}
    if len(units) != 1:
        raise BadRequest("a picture needs brains with budgets, all in ms or all in positions, such as search@100")
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # half a second, and an extra
    except ImportError as error:
        raise PackageMissing("pictures need matplotlib; install it: pip install 'cowboy[pictures]'") from error
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for brain in sorted({standing.contender.brain for standing in budgeted}):
        points = sorted(
            (standing.contender.budget or 0, standing.rate, standing.low, standing.high)
            for standing in budgeted
            if standing.contender.brain == brain
        )
        budgets, rates, lows, highs = zip(*points, strict=True)
        below = [rate - low for rate, low in zip(rates, lows, strict=True)]
        above = [high - rate for rate, high in zip(rates, highs, strict=True)]
        axes.errorbar(budgets, rates, yerr=(below, above), marker="o", capsize=4, label=brain)
    axes.set(
        title="Strength over budget",
        xlabel=f"{units.pop()} a move",
        ylabel="share of wins (95 % interval)",
        xscale="log",
        ylim=(-0.02, 1.02),
    )
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return picture.getvalue()
