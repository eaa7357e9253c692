"""A contender in a tournament: a brain and its budget: `search`, `search@300` (positions a move), `search@20ms`."""

import re
from typing import NamedTuple

from cowboy.brains.brain import Brain
from cowboy.brains.registry import brain_names, build_brain
from cowboy.brains.search import LEVELS
from cowboy.errors import BadRequest
from cowboy.settings import Settings

_FORM = re.compile(r"([a-z0-9_-]+)(?:@([1-9][0-9]{0,8})(ms)?)?")


class Contender(NamedTuple):
    """A brain, and what it may spend on a move: ms or positions, or neither, which is what the settings say."""

    brain: str
    budget_ms: int | None = None
    budget_nodes: int | None = None

    @classmethod
    def of(cls, text: str) -> "Contender":
        """Raises `BadRequest` for another form, or a brain that there is not."""
        read = _FORM.fullmatch(text)
        if read is None or read[1] not in brain_names():
            raise BadRequest(
                f"{text!r} is no brain to play; say NAME, NAME@300 for positions a move, or NAME@20ms, "
                f"with a NAME of {', '.join(brain_names())}"
            )
        amount = int(read[2]) if read[2] else None
        return cls(read[1], amount, None) if read[3] else cls(read[1], None, amount)

    def within(self, settings: Settings) -> "Contender":
        """The same with the settings' budget, if its brain spends one and it names none: so its text says all."""
        if self.budget is not None or self.brain not in LEVELS:
            return self
        if settings.search_budget_nodes is not None:
            return self._replace(budget_nodes=settings.search_budget_nodes)
        return self._replace(budget_ms=settings.search_budget_ms)

    @property
    def budget(self) -> int | None:
        """Positions or ms a move, as `unit` says."""
        return self.budget_ms if self.budget_nodes is None else self.budget_nodes

    @property
    def unit(self) -> str:
        return "ms" if self.budget_ms is not None else "positions"

    def build(self, settings: Settings) -> Brain:
        """The brain with this budget."""
        if self.budget is None:
            return build_brain(self.brain, settings)
        spent: dict[str, object] = {"search_budget_nodes": self.budget_nodes}
        if self.budget_ms is not None:
            spent["search_budget_ms"] = self.budget_ms
        return build_brain(self.brain, settings.model_copy(update=spent))

    def __str__(self) -> str:
        if self.budget is None:
            return self.brain
        return f"{self.brain}@{self.budget}{'ms' if self.budget_ms is not None else ''}"
