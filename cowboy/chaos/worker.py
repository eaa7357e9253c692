"""A worker that can be made to fail at a chosen point of a turn. The product's own code does not know it.

    python -m cowboy.chaos.worker <folder of traps> <worker's name> -A cowboy worker …

Everything is Celery's worker as `cowboy up` starts it, but that three calls are wrapped, to look for a trap:

    after-claim    the turn is claimed, nothing is decided      (after `Turns.claim`)
    after-decide   the decision is stored, nothing is sent    (after `Turns.decide`)
    after-send     the broker has the command, Redis is not told so yet    (before `Turns.publish`)
"""

import sys
from pathlib import Path

from celery.__main__ import main as celery

from cowboy.chaos.traps import Traps
from cowboy.game.outcomes import ClaimStatus, DecideStatus, Role
from cowboy.game.wire.messages import Command
from cowboy.state.client import Call
from cowboy.state.turns import Claim, TurnRef, Turns


def set_traps(traps: Traps, worker: str) -> None:
    """Have this process look for traps from now on."""
    claim_turn, decide, publish = Turns.claim, Turns.decide, Turns.publish

    def claim_and_look(
        self: Turns, turn: TurnRef, holder: str, role: Role = Role.WORKER
    ) -> tuple[ClaimStatus, Claim | None]:
        answer = claim_turn(self, turn, holder, role)
        if answer[1] is not None:
            traps.spring(worker, "after-claim", turn.game_id, turn.turn_no)
        return answer

    def decide_and_look(self: Turns, claim: Claim, command: Command) -> DecideStatus:
        answer = decide(self, claim, command)
        if answer is DecideStatus.DECIDED:
            traps.spring(worker, "after-decide", claim.turn.game_id, claim.turn.turn_no)
        return answer

    def look_and_publish(self: Turns, turn: TurnRef, command: Command, record: str, *more: Call) -> bool:
        traps.spring(worker, "after-send", turn.game_id, turn.turn_no)
        return publish(self, turn, command, record, *more)

    Turns.claim = claim_and_look  # type: ignore[method-assign]
    Turns.decide = decide_and_look  # type: ignore[method-assign]
    Turns.publish = look_and_publish  # type: ignore[method-assign]


def main() -> None:
    folder, worker, *arguments = sys.argv[1:]
    set_traps(Traps(Path(folder)), worker)
    sys.argv = ["celery", *arguments]
    celery()


if __name__ == "__main__":
    main()
