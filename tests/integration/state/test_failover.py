"""A replica is promoted that had not heard the last of the primary: what still keeps a turn to one command.

Replication is asynchronous, so a failover can forget a claim, or even a decision. Here nothing at all of what came last
was heard, which is the worst lag there is.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cowboy.arena.change import Change
from cowboy.celery.dispatch import OpenTurn, dispatch
from cowboy.errors import StateError
from cowboy.game.outcomes import ClaimStatus, DecideStatus
from cowboy.game.wire.messages import Command
from cowboy.game.words import Direction, ResultStatus
from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Bind, Settings
from cowboy.state.client import Redis, connect
from cowboy.state.games import AssignedGame, Games
from cowboy.state.keys import Keys
from cowboy.state.presence import bridges
from cowboy.state.tables import Tables, Update
from cowboy.state.turns import Claim, TurnRef, Turns
from tests.proxy import Proxy, proxying
from tests.queues import celery_on, waiting_turns
from tests.tables import IDS, a_command, binding, table
from tests.unit.arena.builders import NOW, running
from tests.waiting import wait_for

pytestmark = pytest.mark.integration

FIRST, SECOND = TurnRef("g1", IDS[0], 1), TurnRef("g1", IDS[0], 2)


@dataclass
class Pair:
    """A primary and its replica. Clients of `settings` come to whichever `proxy` leads to."""

    settings: Settings
    proxy: Proxy
    primary: Redis
    replica: Redis
    replica_bind: Bind

    def wait_for_the_replica(self) -> None:
        assert self.primary.wait(1, 10_000) == 1

    def leave_the_replica_behind(self) -> None:
        """It hears nothing any more, and will be the primary; nobody knows yet."""
        self.replica.execute_command("REPLICAOF", "NO", "ONE")

    def fail_over(self) -> None:
        """From now on clients come to the replica that was; their connections end, as they do when a primary dies."""
        self.proxy.target = self.replica_bind
        self.proxy.cut()


@pytest.fixture
def pair(settings: Settings, tmp_path: Path) -> Iterator[Pair]:
    primary_bind, replica_bind, proxy_bind = free_binds(3)
    homes = tmp_path / "primary", tmp_path / "replica"
    with supervising(homes[0]) as first, supervising(homes[1]) as second:
        first.start((redis_service(primary_bind, homes[0]),))
        second.start((redis_service(replica_bind, homes[1]),))
        with (
            proxying(primary_bind, proxy_bind) as proxy,
            connect(settings.model_copy(update={"redis_url": f"redis://{primary_bind}/0"})) as primary,
            connect(settings.model_copy(update={"redis_url": f"redis://{replica_bind}/0"})) as replica,
        ):
            replica.execute_command("REPLICAOF", primary_bind.host, primary_bind.port)
            wait_for(lambda: replica.info("replication")["master_link_status"] == "up")
            # Until then it would refuse to exit.
            wait_for(lambda: not replica.info("persistence")["aof_rewrite_in_progress"])
            own = settings.model_copy(update={"redis_url": f"redis://{proxy_bind}/0"})
            yield Pair(own, proxy, primary, replica, replica_bind)


class Worker:
    """Claims and decides through the proxy, with a connection of its own."""

    def __init__(self, settings: Settings, name: str, client: Redis) -> None:
        self._name = name
        self._turns = Turns(
            client, Keys(settings.key_prefix), lease_seconds=30, history_ttl_seconds=60, confirm_seconds=3
        )

    def claim(self, turn: TurnRef) -> Claim:
        status, claim = self._turns.claim(turn, self._name)
        assert status == ClaimStatus.CLAIMED
        assert claim is not None
        return claim

    def decide(self, claim: Claim, command: Command) -> DecideStatus:
        return self._turns.decide(claim, command)


@pytest.fixture
def workers(pair: Pair) -> Iterator[tuple[Worker, Worker]]:
    with connect(pair.settings) as first, connect(pair.settings) as second:
        yield Worker(pair.settings, "w1", first), Worker(pair.settings, "w2", second)


def show(pair: Pair, turn_no: int) -> None:
    """The bridge has seen that this turn of A's has opened."""
    keys = Keys(pair.settings.key_prefix)
    opened = table("g1").model_copy(update={"turn_no": turn_no})
    Games(pair.primary, keys, 60).assign(AssignedGame(game_id="g1", turn_timeout_seconds=60), [binding("g1", 0)])
    Tables(pair.primary, keys, 20, patience_seconds=2, rescue_seconds=1).store(
        [Update(opened, datetime.now(UTC) + timedelta(seconds=60), ())]
    )


@pytest.mark.parametrize("an_earlier_claim_is_known", [False, True])
def test_who_holds_a_claim_that_was_forgotten_is_refused(
    pair: Pair, workers: tuple[Worker, Worker], an_earlier_claim_is_known: bool
) -> None:
    old, new = workers
    if an_earlier_claim_is_known:
        show(pair, 1)
        old.claim(FIRST)
    show(pair, 2)
    pair.wait_for_the_replica()
    pair.leave_the_replica_behind()
    forgotten = old.claim(SECOND)
    pair.fail_over()
    held = new.claim(SECOND)
    assert held.fence > forgotten.fence
    assert old.decide(forgotten, a_command(SECOND, Direction.UP)) == DecideStatus.LOST
    assert new.decide(held, a_command(SECOND, Direction.DOWN)) == DecideStatus.DECIDED


def test_when_a_decision_was_forgotten_the_backend_applies_only_one_of_two(
    pair: Pair, workers: tuple[Worker, Worker]
) -> None:
    old, new = workers
    show(pair, 1)
    pair.wait_for_the_replica()
    pair.leave_the_replica_behind()
    first, second = a_command(FIRST, Direction.UP), a_command(FIRST, Direction.DOWN)
    assert old.decide(old.claim(FIRST), first) == DecideStatus.DECIDED
    pair.fail_over()
    assert new.decide(new.claim(FIRST), second) == DecideStatus.DECIDED
    # Both may be sent. They differ in what they say, and carry one id.
    game = running(turn_no=1)
    change = Change(game)
    sent = [
        one.model_copy(update={"player_id": game.current_player_id, "game_id": game.game_id}) for one in (first, second)
    ]
    for command in sent:
        change.process(command, NOW)
    assert [event.result_status for event in change.events] == [
        ResultStatus.APPLIED,
        ResultStatus.DUPLICATE_COMMAND,
    ]


def test_a_decision_that_is_sent_again_because_its_answer_was_lost_is_still_decided(
    pair: Pair, workers: tuple[Worker, Worker]
) -> None:
    worker, _ = workers
    show(pair, 1)
    claim, command = worker.claim(FIRST), a_command(FIRST, Direction.UP)
    assert worker.decide(claim, command) == DecideStatus.DECIDED
    assert worker.decide(claim, command) == DecideStatus.DECIDED
    assert worker.decide(claim, a_command(FIRST, Direction.DOWN)) == DecideStatus.LOST


def test_clients_leave_a_primary_that_has_become_a_replica(pair: Pair) -> None:
    """It lives on, and so do their connections to it: only its refusals tell."""
    keys = Keys(pair.settings.key_prefix)
    with connect(pair.settings) as client, celery_on(pair.settings):
        presence = bridges(client, keys, 15)
        open_turn = OpenTurn(FIRST, "i1")
        presence.beat("b1")
        client.set(f"{keys.prefix}plain", "before")
        dispatch([open_turn])
        pair.leave_the_replica_behind()
        pair.proxy.target = pair.replica_bind
        pair.primary.execute_command("REPLICAOF", pair.replica_bind.host, pair.replica_bind.port)
        client.set(f"{keys.prefix}plain", "after")
        assert pair.replica.get(f"{keys.prefix}plain") == "after"
        for again in (lambda: presence.beat("b2"), lambda: dispatch([open_turn])):
            wait_for(lambda again=again: succeeds(again))
        assert "b2" in bridges(pair.replica, keys, 15).live()
        assert waiting_turns(pair.settings, pair.replica)


def succeeds(act: object) -> bool:
    with suppress(StateError):
        act()  # type: ignore[operator]
        return True
    return False
