"""A turn that was played, decided again: the same situation put to a brain in this process. Nothing is published."""

from typing import NamedTuple

from cowboy.brains.brain import Brain, Situation
from cowboy.brains.guard import decide_guarded
from cowboy.state.records import TurnRecord
from cowboy.state.transcripts import Transcript, TryNote


class Decided(NamedTuple):
    """A decision, then or now, and what it took. Tokens are those of all questions to models, None if none counted."""

    command_type: str
    direction: str | None
    speak_text: str | None
    outcome: str
    fallback: str | None
    decision_ms: float
    tokens_in: int | None
    tokens_out: int | None
    tries: tuple[TryNote, ...]

    @property
    def command(self) -> tuple[str, str | None, str | None]:
        return self.command_type, self.direction, self.speak_text


def decided_then(record: TurnRecord, transcript: Transcript) -> Decided:
    """What was played."""
    return Decided(
        command_type=record.command_type,
        direction=record.direction,
        speak_text=transcript.speak_text,
        outcome=record.outcome,
        fallback=record.fallback,
        decision_ms=record.decision_ms,
        tokens_in=_sum(transcript.tries, "tokens_in"),
        tokens_out=_sum(transcript.tries, "tokens_out"),
        tries=transcript.tries,
    )


def decide_now(brain: Brain, fallback: Brain | None, situation: Situation) -> Decided:
    """What is decided in the same situation here and now."""
    guarded = decide_guarded(brain, situation, fallback)
    tries = tuple(TryNote.model_validate(one) for one in guarded.tries)
    action = guarded.decision.action
    return Decided(
        command_type=action.kind,
        direction=action.direction,
        speak_text=action.text,
        outcome=guarded.outcome,
        fallback=guarded.fallback,
        decision_ms=round(sum(one.ms for one in tries), 3),
        tokens_in=_sum(tries, "tokens_in"),
        tokens_out=_sum(tries, "tokens_out"),
        tries=tries,
    )


def _sum(tries: tuple[TryNote, ...], field: str) -> int | None:
    counts = [getattr(exchange, field) for one in tries for exchange in one.exchanges]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
