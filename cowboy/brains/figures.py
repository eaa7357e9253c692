"""A brain's figures, as far as a turn's record keeps them: few, finite, by short names."""

import math
from collections.abc import Mapping

MOST = 16
LONGEST_NAME = 32


def kept_figures(figures: object) -> dict[str, float]:
    """The figures that are kept of all that a brain gave, so that the record stays small. Never raises."""
    if not isinstance(figures, Mapping):
        return {}
    fitting = {name: value for name, value in figures.items() if _fits(name, value)}
    return dict(list(fitting.items())[:MOST])


def _fits(name: object, value: object) -> bool:
    is_number = isinstance(value, int | float) and abs(value) < 2**53 and math.isfinite(value)
    return is_number and isinstance(name, str) and 0 < len(name) <= LONGEST_NAME
