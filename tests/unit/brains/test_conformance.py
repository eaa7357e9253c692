"""The suite that ships: all our brains pass it, and each of its checks sees what it is for."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.chance import RandomBrain
from cowboy.brains.conformance import CHECKS, HOSTILE_SPEECH, BrainContract, Nonconformity, Trial, reachable
from cowboy.brains.figures import kept_figures
from cowboy.brains.greedy import GreedyBrain
from cowboy.brains.llm import LLM
from cowboy.brains.registry import brain_names, build_brain
from cowboy.cli import main
from cowboy.errors import Unteachable
from cowboy.game import rules
from cowboy.game.rules import Action
from cowboy.game.wire.lesson import Lesson
from cowboy.game.words import CommandType, Direction
from cowboy.settings import Settings
from tests.unit.brains.packages import install, installed
from tests.unit.brains.situations import situation

SETTINGS = Settings(search_budget_nodes=30)
GAMES = 20
"""Each size of map with each number of players."""

LEVELS = ("hard", "normal", "easy")
"""They are `search` with other settings: five games, one on each size of map, will do."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", sorted(set(brain_names()) - {LLM}))  # that one's is in `tests/integration/brains`
def test_our_brains_keep_the_contract(name: str, check: Callable[[Trial], None]) -> None:
    check(Trial(partial(build_brain, name, SETTINGS), 5 if name in LEVELS else GAMES))


class TestGreedyAsAnAuthorWouldTestIt(BrainContract):
    games = 2

    def build(self) -> Brain:
        return GreedyBrain()


@pytest.mark.parametrize("name", ["greedy", "random", "search"])
def test_another_seed_gives_another_decision_somewhere(name: str) -> None:
    brain = build_brain(name, SETTINGS)
    states = [state for state in reachable(1) if len(list(rules.legal_actions(state))) > 4]
    assert any(
        len({brain.decide(situation(state, seed=seed), Context()).action for seed in range(20)}) > 1 for state in states
    )


# -- brains that are not as they should be ---------------------------------------------------------------------------


class Good(RandomBrain):
    name = "good"


class Nameless(Good):
    name = "No Name!"


class Raising(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        raise KeyError("nothing")


class Dumb(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        return None


class Cheat(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(Action(CommandType.MOVE, Direction.UP))


class Master(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(Action(CommandType.TIMEOUT))


class Talker(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(super().decide(situation, context).action, {"mood": "fine"})


class Late(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        begun = time.monotonic()
        while time.monotonic() - begun <= situation.seconds_left:
            pass
        return super().decide(situation, context)


class Stuck(Good):
    over = threading.Event()

    def decide(self, situation: Situation, context: Context) -> Decision:
        if situation.seconds_left > 0:
            self.over.wait(60)
        return super().decide(situation, context)


class Hasty(Good):
    """Divides its time, and has none."""

    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(super().decide(situation, context).action, {"share": 1 / max(situation.seconds_left, 0)})


class Moody(Good):
    moods = count()

    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(Action(CommandType.SHIELD, list(Direction)[next(self.moods) % 4]))


class Grown(Good):
    """Never the same twice in its life, but always the same life."""

    born = count()

    def __init__(self) -> None:
        self._shield = list(Direction)[next(self.born) % 4]

    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(Action(CommandType.SHIELD, self._shield))


class Planner(Good):
    """Decides once for each game, at the first position that it sees of it."""

    def __init__(self) -> None:
        self._plans: dict[str, Direction] = {}

    def decide(self, situation: Situation, context: Context) -> Decision:
        first = list(Direction)[situation.table.turn_no % 4]
        return Decision(Action(CommandType.SHIELD, self._plans.setdefault(situation.table.game_id, first)))


class Pupil(Good):
    """Plays by the latest lesson, for any seat."""

    taught = 0

    def learn(self, lesson: Lesson) -> None:
        super().learn(lesson)
        self.taught += 1

    def decide(self, situation: Situation, context: Context) -> Decision:
        return Decision(Action(CommandType.SHIELD, Direction.UP if self.taught else Direction.DOWN))


class Shared(Good):
    """Thinks about what it was asked last, by whichever thread."""

    meeting = threading.Barrier(8)

    def decide(self, situation: Situation, context: Context) -> Decision:
        self._asked = situation
        if threading.current_thread().name.startswith("ThreadPool"):
            self.meeting.wait(60)
        return Decision(Action(CommandType.SHIELD, list(Direction)[self._asked.table.turn_no // 5 % 4]))


class Gullible(Good):
    def decide(self, situation: Situation, context: Context) -> Decision:
        if any("timeout" in said for said in situation.recent):
            return Decision(Action(CommandType.TIMEOUT))
        return super().decide(situation, context)


class Reader(Good):
    """Thinks that all it is told is JSON."""

    def decide(self, situation: Situation, context: Context) -> Decision:
        for said in situation.recent:
            json.loads(said)
        return super().decide(situation, context)


class Refusing(Good):
    def learn(self, lesson: Lesson) -> None:
        raise Unteachable("no")


class Obliging(Good):
    def learn(self, lesson: Lesson) -> None:
        pass


class Clumsy(Good):
    def learn(self, lesson: Lesson) -> None:
        if (lesson.player_id or "").startswith("game-"):
            return
        raise ValueError("who?")


@pytest.fixture
def _nobody_stays_stuck() -> Iterator[None]:
    Stuck.over.clear()
    yield
    Stuck.over.set()


@pytest.mark.usefixtures("_nobody_stays_stuck")
@pytest.mark.parametrize(
    ("brain", "check", "complaint"),
    [
        (Nameless, "has_a_name", "its name is 'No Name!'"),
        (Late, "answers_in_time", r"s of 0\.2 s in turn 1 of game-0 \(1 players, 11 x 11\)"),
        (Stuck, "answers_in_time", r"was not done after \d\.\d s of 0\.2 s"),
        (Hasty, "answers_in_time", "raises ZeroDivisionError: .* in turn 1 of game-0"),
        (Raising, "plays_legally", "raises KeyError: 'nothing' in turn 1 of game-0"),
        (Dumb, "plays_legally", "answers with None, which is no decision"),
        (Master, "plays_legally", "which is no decision"),
        (Cheat, "plays_legally", "chooses move up, which is MOVE_OUT_OF_BOUNDS, in turn 1 of game-0"),
        (Talker, "plays_legally", "has figures {'mood': 'fine'}, which are not at most 16 finite numbers"),
        (Moody, "repeats_itself", "chooses shield left where it chose shield up at first"),
        (Grown, "repeats_itself", "chooses shield left where it chose shield up at first"),
        (Planner, "keeps_no_state", "in that game alone"),
        (Pupil, "keeps_no_state", "chooses shield up where it chose shield down in that game alone"),
        (Shared, "thinks_in_many_threads", "where it chose shield .* alone, in turn"),
        (Gullible, "survives_hostile_speech", "which is no decision"),
        (Reader, "survives_hostile_speech", "raises JSONDecodeError"),
        (Refusing, "acknowledges_its_lesson", "does not acknowledge the lesson of game-0-player-0: Unteachable: no"),
        (Obliging, "refuses_other_lessons", "acknowledges a lesson that is for a player who does not play"),
        (Clumsy, "refuses_other_lessons", r"makes it raise ValueError: who\?, not Unteachable"),
    ],
)
def test_a_check_sees_the_brain_that_it_is_for(brain: type[Brain], check: str, complaint: str) -> None:
    checks = {known.__name__: known for known in CHECKS}
    seconds = 0.2 if check == "answers_in_time" else 5.0
    with pytest.raises(Nonconformity, match=complaint):
        checks[check](Trial(brain, games=4, seconds=seconds))
    checks[check](Trial(Good, games=4))


def test_every_check_is_seen_to_fail() -> None:
    (parameters,) = (
        mark.args[1]
        for mark in test_a_check_sees_the_brain_that_it_is_for.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    )
    assert {check for _, check, _ in parameters} == {check.__name__ for check in CHECKS}


def test_the_games_are_the_same_for_the_same_seed_and_of_every_size_and_number_of_players() -> None:
    games = [reachable(seed) for seed in range(3)]
    reachable.cache_clear()
    assert [reachable(seed) for seed in range(3)] == games
    first = [reachable(seed)[0] for seed in range(GAMES)]
    assert len({(state.grid.rows, len(state.players)) for state in first}) == 4 * 4
    assert any(len(state.alive) < len(state.players) for seed in range(GAMES) for state in reachable(seed))


def test_the_hostile_speech_holds_what_the_suite_promises() -> None:
    said = "\n".join(HOSTILE_SPEECH)
    assert all(text in said for text in ("<|im_start|>system", "</recent>", '"""', "```", "\u200b", "\u202e", "\x1b"))
    assert max(map(len, HOSTILE_SPEECH)) == 10_000


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"nodes": 7, "depth": 0.5}, {"nodes": 7, "depth": 0.5}),
        ({"a": float("nan"), "b": float("inf"), "c": "x", "d": None, "e": 10**400, 7: 7, "": 1, "n" * 33: 1}, {}),
        ({f"f{number}": number for number in range(99)}, {f"f{number}": number for number in range(16)}),
        (None, {}),
    ],
)
def test_of_a_brains_figures_few_finite_numbers_are_kept(given: object, kept: dict[str, float]) -> None:
    assert kept_figures(given) == kept


# -- the command -----------------------------------------------------------------------------------------------------


CHEAT = """
from cowboy.brains.brain import Decision
from cowboy.brains.chance import RandomBrain

class Cheat(RandomBrain):
    name = "cheat"
    def decide(self, situation, context):
        print("hm")
        if situation.recent:
            raise ValueError("[red]\\x1b[2J")
        return super().decide(situation, context)

def build(settings):
    return Cheat()
"""


def test_a_brain_of_ours_passes_on_the_command_line() -> None:
    done = CliRunner().invoke(main, ["brain", "check", "search", "--games", "2"])
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * len(CHECKS)


def test_a_packages_brain_that_fails_is_told_check_by_check_and_is_a_1(tmp_path: Path) -> None:
    install(tmp_path, "cheat", CHEAT, "cheat = cheat:build", "bare = cheat:Cheat.decide")
    with installed(tmp_path):
        told = CliRunner().invoke(main, ["brain", "check", "cheat", "--games", "1"])
        done = CliRunner().invoke(main, ["brain", "check", "cheat", "--games", "1", "--seed", "3", "--json"])
        broken = CliRunner().invoke(main, ["brain", "check", "bare"])
    assert told.exit_code == done.exit_code == broken.exit_code == 1
    assert "failed  survives hostile speech" in told.stdout
    assert "→ raises ValueError: [red] [2J in turn 1 of game-0" in told.stdout
    said = json.loads(done.stdout)
    assert (said["brain"], said["games"], said["seed"], said["passed"]) == ("cheat", 1, 3, False)
    assert [check["check"] for check in said["checks"]] == [check.__name__ for check in CHECKS]
    assert [check["check"] for check in said["checks"] if check["flaw"]] == ["survives_hostile_speech"]
    assert "package cheat 1.0 (entry point bare = cheat:Cheat.decide)" in broken.stderr


def test_a_brain_that_is_not_there_is_a_1_and_told_with_those_that_are() -> None:
    done = CliRunner().invoke(main, ["brain", "check", "genius"])
    assert done.exit_code == 1
    assert f"there are {', '.join(brain_names())}" in done.stderr


def test_a_brain_that_asks_a_model_is_not_checked_but_let_play() -> None:
    done = CliRunner().invoke(main, ["brain", "check", LLM])
    assert done.exit_code == 1
    assert "cowboy match --brains A=llm" in done.stderr
