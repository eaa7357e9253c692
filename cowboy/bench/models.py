"""Bots that ask models: what a decision costs, and how many of them one worker process holds while it waits."""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from cowboy.bench.deciding import Cost, decision_costs
from cowboy.bench.holding import Holding, hold
from cowboy.bench.rounds import Teller, private_settings
from cowboy.settings import Settings


class ModelPlan(NamedTuple):
    """What to measure: `decisions` in each of `rounds` rounds; worlds of so many bots, and seconds an answer."""

    decisions: int
    rounds: int
    worlds: Sequence[tuple[int, float]]
    turns_each: int


FULL = ModelPlan(decisions=300, rounds=5, worlds=((1, 1), (100, 5), (500, 1), (500, 10), (500, 20)), turns_each=3)
QUICK = ModelPlan(decisions=100, rounds=1, worlds=((1, 1), (50, 2)), turns_each=2)
"""The first world is the base that memory is counted from."""


class Models(BaseModel):
    """All that was measured. Costs by who decides, the plain client first."""

    model_config = ConfigDict(frozen=True)

    costs: dict[str, Cost]
    holdings: tuple[Holding, ...]

    def mb_per_bot(self, holding: Holding) -> float | None:
        """Memory for each bot beyond the base; None for the base itself."""
        base = self.holdings[0]
        more = holding.bots - base.bots
        return (holding.worker_mb - base.worker_mb) / more if more else None


def measure_models(settings: Settings, plan: ModelPlan, tell: Teller) -> Models:
    """Raises `OperatorError` when a process cannot be started, `WorldError` when turns are not answered any more."""
    with private_settings(settings) as own:
        costs = decision_costs(own, decisions=plan.decisions, rounds=plan.rounds)
    for name, cost in costs.items():
        tell(f"  {name}: {cost.cpu_ms:.1f} ms of CPU, {cost.bytes:.0f} bytes a decision")
    holdings = []
    for bots, delay in plan.worlds:
        with private_settings(settings) as own:
            held = hold(own, bots=bots, delay=delay, rounds=plan.turns_each)
        told = f"  {bots} bots, {delay:g} s an answer: {held.held:.0f} held, {held.rate:.1f} a second"
        tell(f"{told} of {held.ideal_rate:.1f}")
        holdings.append(held)
    return Models(costs=costs, holdings=tuple(holdings))
