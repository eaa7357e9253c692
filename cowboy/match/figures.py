"""The figures of a game: a pure fold over its step events and the bots' turn records."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from cowboy.game.wire.messages import StepEvent
from cowboy.game.words import CommandType, PlayerName, ResultStatus
from cowboy.state.records import TurnRecord

CONVERTED_PREFIX = "invalid command: "
"""How a backend begins the speech that it makes of an illegal command (docs/wire.md#how-a-command-is-processed)."""


class Figures(BaseModel):
    model_config = ConfigDict(frozen=True)


class Latency(Figures):
    """Milliseconds; None where nothing was measured."""

    p50: float | None
    p99: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> "Latency":
        ordered = sorted(values)
        return cls(p50=_quantile(ordered, 0.5), p99=_quantile(ordered, 0.99))


class PlayerFigures(Figures):
    """One player's game. `invalid` counts commands that were not applied as they were sent.

    `outcomes` are its bot's turns by how they were decided (`TurnRecord`), `tokens_in` and `tokens_out` what its model
    has read and written; None for brains that ask none.
    """

    brain: str | None
    model: str | None
    hp: int
    commands: dict[CommandType, int]
    timeouts: int
    invalid: int
    outcomes: dict[str, int]
    tokens_in: int | None
    tokens_out: int | None
    decision_ms: Latency
    event_to_command_ms: Latency


class GameFigures(Figures):
    """One game. `winner` is None for a draw; `ranking` orders the seats by HP, best first."""

    game_id: str
    seed: int | None
    winner: PlayerName | None
    turns: int
    rounds: int
    seconds: float
    ranking: tuple[PlayerName, ...]
    players: dict[PlayerName, PlayerFigures]


def figures_of(events: Sequence[StepEvent], records: Sequence[TurnRecord], *, seed: int | None) -> GameFigures:
    """The figures of a game whose events are complete, from `GAME_STARTED` to the last."""
    last = events[-1]
    players = last.state_after.players
    alive = [player.player_name for player in players if player.alive]
    return GameFigures(
        game_id=last.game_id,
        seed=seed,
        winner=alive[0] if len(alive) == 1 else None,
        turns=last.turn_no - 1,
        rounds=last.round_no,
        seconds=round((last.created_at - events[0].created_at).total_seconds(), 3),
        ranking=tuple(player.player_name for player in sorted(players, key=lambda player: -player.hp)),
        players={
            player.player_name: _player_figures(
                [event for event in events if event.command and event.command.player_id == player.player_id],
                [record for record in records if record.player_id == player.player_id],
                player.hp,
            )
            for player in players
        },
    )


def _player_figures(events: list[StepEvent], records: list[TurnRecord], hp: int) -> PlayerFigures:
    applied = [event for event in events if event.result_status == ResultStatus.APPLIED]
    rejected = [event for event in events if not event.consumed_a_turn]
    converted = [event for event in applied if _was_converted(event)]
    return PlayerFigures(
        brain=records[-1].brain if records else None,
        model=next((record.model for record in reversed(records) if record.model), None),
        hp=hp,
        commands=Counter(event.command.command_type for event in applied if event.command),
        timeouts=sum(event.result_status == ResultStatus.TIMEOUT_APPLIED for event in events),
        invalid=len(rejected) + len(converted),
        outcomes=Counter(record.outcome for record in records),
        tokens_in=_total(records, "tokens_in"),
        tokens_out=_total(records, "tokens_out"),
        decision_ms=Latency.of(record.decision_ms for record in records),
        event_to_command_ms=Latency.of(record.event_to_command_ms for record in records),
    )


def _total(records: list[TurnRecord], figure: str) -> int | None:
    counts = [record.figures[figure] for record in records if figure in record.figures]
    return round(sum(counts)) if counts else None


def _was_converted(event: StepEvent) -> bool:
    return event.command is not None and (event.command.speak_text or "").startswith(CONVERTED_PREFIX)


def _quantile(ordered: list[float], share: float) -> float | None:
    """The smallest value that at least `share` of the values do not exceed."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)
