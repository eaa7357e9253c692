"""A whole system whose servers can be killed, frozen, slowed and filled, and games that are played in it meanwhile."""

import os
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from cowboy.arena.store import GameStore
from cowboy.bus.consumer import Consumer
from cowboy.bus.topics import TopicNames
from cowboy.game.board import Grid
from cowboy.game.identity import command_id
from cowboy.game.wire.http import CommandRequest, CreatedGame, CreateGame
from cowboy.game.wire.messages import Command
from cowboy.game.wire.objects import Map
from cowboy.game.words import CommandSource, CommandType, Direction, PlayerName, ResultStatus
from cowboy.local.supervisor import Supervisor
from cowboy.settings import Settings
from cowboy.state.client import Redis
from cowboy.state.instances import queue_of
from cowboy.state.keys import Keys
from cowboy.state.records import Records
from tests.brokers import Brokers
from tests.proxy import Proxy
from tests.waiting import wait_for

PROMISED_SECONDS = 10.0
"""Within so long of the return of what was away, all games go on."""
PATIENCE_SECONDS = PROMISED_SECONDS if os.environ.get("COWBOY_TEST_REAL_OUTAGES") else 3 * PROMISED_SECONDS
"""The promise is for a machine that is not busy with other things; a test's is."""
OUTAGE_SECONDS = 30.0 if os.environ.get("COWBOY_TEST_REAL_OUTAGES") else 4.0
"""How long a server is away. COWBOY_TEST_REAL_OUTAGES=1 makes it the real length."""
TURN_TIMEOUT_SECONDS = 5
PROGRAMS = ("arena", "manager", "bridge", "keeper", "worker-i1", "worker-i2")

SIDE = 11
_WALL, _FLOOR = -1, 0
ROOMS = Grid(
    SIDE,
    SIDE,
    tuple(_WALL if col in {row, SIDE - 1 - row} else _FLOOR for row in range(SIDE) for col in range(SIDE)),
)
"""Four rooms without doors: nobody is ever hit, so a game lasts as long as a test wants it to."""


@dataclass
class House:
    """Programs reach Redis through `proxy`; the test itself does by `redis`, directly."""

    settings: Settings
    supervisor: Supervisor
    brokers: Brokers
    proxy: Proxy
    redis: Redis

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.key_prefix)

    def pids(self) -> dict[str, int | None]:
        return {name: self.supervisor.pid(name) for name in PROGRAMS}

    @property
    def broker_names(self) -> tuple[str, ...]:
        return tuple(service.name for service in self.brokers.services)

    def kill(self, *servers: str) -> None:
        """As kill -9 would. They stay dead until `restart`."""
        for server in servers:
            os.kill(self._pid(server), signal.SIGKILL)

    def restart(self, *servers: str) -> None:
        """Has the supervisor start them again, and waits until they run."""
        former = {self._pid(server) for server in servers}
        self.supervisor.watch(
            until=lambda: (
                former.isdisjoint(pids := [self.supervisor.pid(server) for server in servers]) and None not in pids
            )
        )

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        pids = [self._pid(name) for name in names]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def _pid(self, name: str) -> int:
        pid = self.supervisor.pid(name)
        assert pid is not None, f"{name} does not run"
        return pid

    def wait_for_trouble(self, part: str) -> None:
        wait_for(lambda: part in self.troubles())

    def goes_on(self, play: "Play", outage: str, since: float, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """All games go on soon after `since`, all is well again, and no program had to be started anew for that."""
        play.wait_for_turns(patience_seconds)
        seconds = time.monotonic() - since
        wait_for(lambda: not self.troubles())
        print(f"\n{outage}: all games went on after {seconds:.1f} s", flush=True)  # noqa: T201  # a figure for people
        play.check_no_turn_was_doubled()

    def queued(self) -> int:
        """Tasks that wait for the workers."""
        celery = self.keys.celery_prefix
        return sum(self.redis.llen(f"{celery}{queue_of(instance)}") for instance in ("i1", "i2"))  # type: ignore[misc]

    def health(self) -> dict[str, object]:
        answer = httpx.get(f"{self.settings.bot_manager_base_url}/health/ready", timeout=30, trust_env=False)
        found: dict[str, object] = answer.json()
        return found

    def troubles(self) -> dict[str, dict[str, object]]:
        """Part → its check, of all that are not as they should be."""
        checks: dict[str, dict[str, object]] = self.health()["checks"]  # type: ignore[assignment]
        return {name: check for name, check in checks.items() if not check["ok"]}


class Play:
    """Games of a person, who is in no hurry, and three bots."""

    def __init__(self, house: House, games: int) -> None:
        self._house = house
        self._store = GameStore(house.settings, house.redis)
        self._records = Records(house.redis, house.keys)
        self._client = httpx.Client(base_url=house.settings.game_manager_base_url, timeout=30, trust_env=False)
        self._stop = threading.Event()
        self.games = [self._create() for _ in range(games)]
        self._thread = threading.Thread(target=self._be_the_person, daemon=True)

    def _create(self) -> CreatedGame:
        options = CreateGame(
            turn_timeout_seconds=TURN_TIMEOUT_SECONDS,
            map=Map.from_grid(ROOMS),
            num_players=4,
            bot_players=(PlayerName.B, PlayerName.C, PlayerName.D),
            brains=dict.fromkeys(PlayerName, "random"),
        )
        made = CreatedGame.model_validate_json(
            self._post("/v2/games", options.model_dump(mode="json", exclude_none=True))
        )
        self._post(f"/v2/games/{made.game_id}/start", {})
        return made

    def _post(self, path: str, body: object) -> bytes:
        answer = self._client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.content

    def __enter__(self) -> "Play":
        self._thread.start()
        self.wait_for_turns()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        for game in self.games:
            # A game with living players cannot be ended, only forgotten.
            self._store.remove(game.game_id)
            with suppress(httpx.HTTPError):
                url = f"{self._house.settings.bot_manager_base_url}/internal/v3/games/{game.game_id}/bots/stop"
                httpx.post(url, json={}, timeout=30, trust_env=False)
        self._client.close()

    def turns(self) -> dict[str, int]:
        """Game → the last turn that one of its bots has played."""
        played = {game.game_id: self._records.of_game(game.game_id) for game in self.games}
        return {game_id: records[-1].turn_no if records else 0 for game_id, records in played.items()}

    def wait_for_turns(self, seconds: float = 60) -> float:
        """Until three more turns of bots were played in every game; how long that took, in seconds."""
        began, before = time.monotonic(), self.turns()
        wait_for(lambda: all(turn > before[game_id] + 3 for game_id, turn in self.turns().items()), seconds)
        return time.monotonic() - began

    def _be_the_person(self) -> None:
        while not self._stop.wait(0.4):  # turns enough, and the machine has other things to do
            for game in self.games:
                with suppress(httpx.HTTPError, ValueError, KeyError):
                    self._act(game)

    def _act(self, game: CreatedGame) -> None:
        me = game.players[0].player_id
        shown = self._client.get(f"/v2/games/{game.game_id}").json()
        if shown["current_player_id"] != me:
            return
        request = CommandRequest(
            command_id=f"person-{shown['turn_no']}",
            player_id=me,
            turn_no=shown["turn_no"],
            command_type=CommandType.SHIELD,
            direction=Direction.UP,
            client_sent_at=datetime.now(UTC),
        )
        url = f"http://{self._house.settings.arena_bind}/v2/games/{game.game_id}/commands"
        body = request.model_dump(mode="json", exclude_none=True)
        httpx.post(url, json=body, timeout=30, trust_env=False)

    def shown(self, game: CreatedGame) -> int:
        """The game's present turn, as the arena's store has it: also while the arena is away."""
        return self._store.load(game.game_id).board.turn_no

    def commands(self) -> dict[tuple[str, int], list[Command]]:
        """(Game, turn) → the different commands of bots that stand on the input topic for it, up to the present."""
        found: dict[tuple[str, int], list[Command]] = defaultdict(list)
        for game in self.games:
            for value in self._read(game, self.shown(game) - 1):
                command = Command.model_validate_json(value)
                sent = found[game.game_id, command.turn_no or 0]
                if command.source == CommandSource.BOT and command not in sent:
                    sent.append(command)
        return {turn: commands for turn, commands in found.items() if commands}

    def _read(self, game: CreatedGame, last_turn: int) -> list[bytes]:
        """The messages on a game's input topic, up to the first for that turn or a later one."""
        values: list[bytes] = []
        with Consumer(self._house.settings) as consumer:
            consumer.assign({TopicNames.of(self._house.settings).input_of(game.game_id): None})

            def is_there() -> bool:
                values.extend(record.value or b"" for record in consumer.poll(100))
                return bool(values) and Command.model_validate_json(values[-1]).turn_no >= last_turn

            wait_for(is_there)
        return values

    def most_applied(self) -> int:
        """How many commands of bots the arena let pass in one turn, at most."""
        counts: Counter[tuple[str, str]] = Counter()
        for game in self.games:
            entries: list[tuple[str, dict[str, str]]] = self._house.redis.xrange(  # type: ignore[assignment]
                self._house.keys.arena_audit(game.game_id)
            )
            counts.update(
                (game.game_id, entry["turn_no"])
                for _, entry in entries
                if entry["source"] == CommandSource.BOT and entry["result_status"] == ResultStatus.APPLIED
            )
        return max(counts.values())

    def check_no_turn_was_doubled(self) -> None:
        """A second attempt, which is the same command under an id of its own, doubles nothing."""
        different = {turn: {_under_its_first_id(command) for command in sent} for turn, sent in self.commands().items()}
        assert [turn for turn, contents in different.items() if len(contents) > 1] == []
        assert self.most_applied() == 1


def _under_its_first_id(command: Command) -> bytes:
    turn = (command.game_id, command.player_id, command.turn_no or 0)
    if command.command_id == command_id(*turn, attempt=1):
        command = command.model_copy(update={"command_id": command_id(*turn)})
    return command.to_json()
