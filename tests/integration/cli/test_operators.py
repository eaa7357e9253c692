"""`cowboy bots`, `instances` and `games`: what they ask of the bot manager, and what they make of its answer."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cowboy.cli import main
from cowboy.local.ports import free_binds
from cowboy.settings import settings
from tests.integration.cli.operators_api import OperatorsApi, operators_api
from tests.tables import table

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]

GAME = "5d0c6c1e-6f0e-4b7b-9a52-3a1f0f7f2b10"
BOT = "bot-0b5a7a8e-3c43-4a3e-8a53-9a2f6d1c7e55"
TOKEN = "a-token-of-the-tests"


def bot_view(**changes: Any) -> dict[str, Any]:
    return {
        "bot_id": BOT,
        "game_id": GAME,
        "player_id": "1f0e4b7b-6c1e-4f0e-9a52-3a1f0f7f2b10",
        "player_name": "B",
        "instance": "i1",
        "bot_service_base_url": "celery://i1",
        "brain": "search",
        "profile": None,
        "status": "READY",
        "player_state": "BOT_READY",
        "game_guide_version": "v1",
        "lesson": 1,
        "attempts": 1,
        "pauses": ["bot", "instance"],
        "reason": None,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:01Z",
        "ready_at": "2026-01-01T00:00:01Z",
        **changes,
    }


INSTANCE = {
    "name": "i1",
    "capacity": 2,
    "bots": 1,
    "waiting": 37,
    "live": True,
    "closure": None,
    "pool": "threads",
    "concurrency": 32,
    "pid": 4711,
}
GAME_VIEW = {
    "game_id": GAME,
    "game_state": "RUNNING",
    "turn_timeout_seconds": 120,
    "humans": [{"player_name": "A", "player_id": "id-a"}],
    "bots": [bot_view()],
    "stopped": [bot_view(player_name="C", bot_id="bot-c", status="STOPPED", reason="too rude")],
    "turn": {"turn_no": 81, "player_id": "id-a", "deadline": "2026-01-01T00:02:00Z"},
}


TURN = {
    "turn_no": 1,
    "player_id": "id-b",
    "player_name": "B",
    "bot_id": BOT,
    "instance": "i1",
    "brain": "search",
    "outcome": "ok",
    "command_type": "shoot",
    "direction": "left",
    "decision_ms": 3.5,
    "event_to_command_ms": 17.25,
    "figures": {"nodes": 88, "depth": 1},
    "command_id": "0a9e0b3c-7b35-5f4c-9d2f-0a2b7f1f9a10",
    "snapshot": "0123456789abcdef",
    "guide_version": "v1",
}


def transcript(*answers: str | None) -> dict[str, Any]:
    """Of a turn on the default map, with a failed try for each answer."""
    exchange = {
        "model": "saloon-7b",
        "mode": "text",
        "prompts": "0123",
        "ms": 2.5,
        "tokens_in": 900,
        "tokens_out": None,
    }
    failed = {"brain": "llm", "outcome": "unparsable", "reason": "what?", "ms": 3.0}
    return {
        "turn_no": 1,
        "table": table("g1").model_dump(mode="json"),
        "seconds_left": 12.5,
        "seed": 7,
        "recent": ['{"turn_no":1}'],
        "profile": "saloon",
        "bot_id": BOT,
        "speak_text": None,
        "tries": [{**failed, "exchanges": [{**exchange, "answer": answer}]} for answer in answers],
        "whole": True,
    }


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[OperatorsApi]:
    with operators_api() as serving:
        monkeypatch.setenv("BOT_MANAGER_BASE_URL", serving.base_url)
        yield serving


@pytest.fixture(autouse=True)
def _settings_of_the_test() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def cowboy(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="cowboy")


def told(*arguments: str) -> str:
    """What a command that is done prints."""
    done = cowboy(*arguments)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout


def refused(*arguments: str) -> str:
    """The one line of a command that failed."""
    done = cowboy(*arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (["bots", "list"], "bots"),
        (["bots", "list", "--game", "g/1", "--limit", "5"], "bots?game_id=g%2F1&limit=5"),
        (["bots", "list", "--instance", "i1", "--status", "ready"], "bots?instance=i1&status=READY"),
        (["bots", "show", "b1"], "bots/b1"),
        (["instances", "list"], "instances"),
        (["instances", "show", "i1"], "instances/i1"),
        (["games", "list"], "games"),
        (["games", "list", "--limit", "5"], "games?limit=5"),
        (["games", "show", "g1"], "games/g1"),
        (["turns", "show", "g1"], "games/g1/turns"),
    ],
)
def test_looking_asks_for_what_is_there_and_prints_it(api: OperatorsApi, typed: list[str], asked: str) -> None:
    api.answer(asked.partition("?")[0], {"bots": [], "instances": [], "games": [], "turns": [], "more": "<b>ü\n"})
    assert json.loads(told(*typed, "--json")) == {
        "bots": [],
        "instances": [],
        "games": [],
        "turns": [],
        "more": "<b>ü\n",
    }
    assert api.calls == [("GET", asked, None, None)]


@pytest.mark.parametrize(
    ("typed", "asked", "body"),
    [
        (["bots", "teach", "b1", "--guide-version", "v7"], "bots/b1/teach-game", {"game_guide_version": "v7"}),
        (["bots", "pause", "b1"], "bots/b1/pause", {}),
        (["bots", "resume", "b1"], "bots/b1/resume", {}),
        (["bots", "move", "b1"], "bots/b1/move", {}),
        (["bots", "move", "b1", "--to", "i2"], "bots/b1/move", {"instance": "i2"}),
        (["instances", "pause", "i1"], "instances/i1/pause", {}),
        (["instances", "resume", "i1"], "instances/i1/resume", {}),
        (["instances", "drain", "i1"], "instances/i1/drain", {}),
        (["games", "pause", "g1"], "games/g1/pause", {}),
        (["games", "resume", "g1"], "games/g1/resume", {}),
        (["games", "teach", "g1"], "games/g1/teach", {}),
        (["games", "teach", "g1", "--guide-version", "v7"], "games/g1/teach", {"game_guide_version": "v7"}),
        (["games", "stop", "g1"], "games/g1/bots/stop", {}),
        (["games", "stop", "g1", "--reason", "it is late"], "games/g1/bots/stop", {"reason": "it is late"}),
        (["games", "assign", "g1"], "games/g1/assignments/default", {}),
    ],
)
def test_doing_posts_what_was_said_and_prints_what_became_of_it(
    api: OperatorsApi, typed: list[str], asked: str, body: dict[str, str]
) -> None:
    api.answer(asked, {"stopped": True, "destroyed_bot_count": 3})
    assert json.loads(told(*typed, "--json")) == {"stopped": True, "destroyed_bot_count": 3}
    assert told(*typed).split() == ["stopped", "yes", "destroyed_bot_count", "3"]
    assert api.calls == [("POST", asked, None, body)] * 2


def test_a_bot_is_taught_its_own_version_again_where_none_is_named(api: OperatorsApi) -> None:
    api.answer("bots/b1", bot_view(game_guide_version="v9"))
    told("bots", "teach", "b1")
    assert [(call.method, call.path, call.body) for call in api.calls] == [
        ("GET", "bots/b1", None),
        ("POST", "bots/b1/teach-game", {"game_guide_version": "v9"}),
    ]


def test_an_id_stays_one_part_of_the_path_whatever_it_is(api: OperatorsApi) -> None:
    for bot in ("a/b?c=d#e f%ü", "..", "."):
        told("bots", "pause", bot)
    assert [call.path for call in api.calls] == [
        "bots/a%2Fb%3Fc%3Dd%23e%20f%25%C3%BC/pause",
        "bots/%2E%2E/pause",
        "bots/%2E/pause",
    ]


def test_the_token_is_sent_where_there_is_one(api: OperatorsApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COWBOY_MANAGER_TOKEN", TOKEN)
    told("bots", "show", "b1")
    assert api.calls == [("GET", "bots/b1", f"Bearer {TOKEN}", None)]


def test_a_list_of_bots_is_a_row_each_with_everything_whole(api: OperatorsApi) -> None:
    reason = "no acknowledgement from instance i2, " * 5
    api.answer("bots", {"bots": [bot_view(), bot_view(bot_id="b2", status="FAILED", reason=reason)], "total": 2})
    lines = told("bots", "list").splitlines()
    (first,) = (line for line in lines if BOT in line)
    assert GAME in first
    assert "bot, instance" in first
    (second,) = (line for line in lines if "FAILED" in line)
    assert "b2" in second
    assert reason.strip() in second


def test_a_list_that_goes_on_says_so_and_an_empty_one_too(api: OperatorsApi) -> None:
    api.answer("bots", {"bots": [bot_view()], "total": 230})
    assert "1 of 230" in told("bots", "list")
    api.answer("bots", {"bots": [], "total": 0})
    assert told("bots", "list") == "no bots\n"


def test_a_bot_is_shown_with_every_field(api: OperatorsApi) -> None:
    api.answer(f"bots/{BOT}", bot_view())
    shown = dict(line.split(maxsplit=1) for line in told("bots", "show", BOT).splitlines() if len(line.split()) > 1)
    assert {name: value.strip() for name, value in shown.items()} == {
        name: "bot, instance" if name == "pauses" else str(value)
        for name, value in bot_view().items()
        if value is not None
    }


def test_instances_are_listed_with_what_they_host_and_what_waits(api: OperatorsApi) -> None:
    api.answer("instances", {"instances": [INSTANCE, {**INSTANCE, "name": "i2", "closure": "draining"}]})
    listed = told("instances", "list")
    (first,) = (line for line in listed.splitlines() if " i1 " in line)
    assert all(word in first for word in ("37", "yes", "threads", "4711"))
    assert "draining" in listed


def test_games_are_listed_with_their_turn_and_who_sits_where(api: OperatorsApi) -> None:
    api.answer("games", {"games": [GAME_VIEW, {**GAME_VIEW, "game_id": "g2", "turn": None}]})
    (first,) = (line for line in told("games", "list").splitlines() if GAME in line)
    cells = [cell.strip() for cell in first.strip("│").split("│")]
    assert cells == [GAME, "RUNNING", "81", "2026-01-01T00:02:00Z", "A", "B", "C"]


def test_a_game_is_shown_with_its_turn_its_people_and_its_bots(api: OperatorsApi) -> None:
    api.answer(f"games/{GAME}", GAME_VIEW)
    shown = told("games", "show", GAME)
    assert all(text in shown for text in ("turn_no 81", "id-a", BOT, "bot-c", "STOPPED", "too rude"))


def test_the_turns_of_a_game_are_a_row_each_with_who_decided_what_and_how_long_it_took(api: OperatorsApi) -> None:
    api.answer("games/g1/turns", {"game_id": "g1", "turns": [TURN, {**TURN, "turn_no": 2, "player_name": "C"}]})
    first, second = (line for line in told("turns", "show", "g1").splitlines() if "search" in line)
    cells = [cell.strip() for cell in first.strip("│").split("│")]
    assert cells == ["1", "B", "i1", "search", "ok", "shoot", "left", "3.5", "17.25", "nodes 88, depth 1"]
    assert second.startswith("│ 2 ")
    api.answer("games/g1/turns", {"game_id": "g1", "turns": []})
    assert told("turns", "show", "g1") == "no turns\n"


def test_what_the_bots_of_a_game_have_spent_is_a_row_each(api: OperatorsApi) -> None:
    spent = {"tokens_in": 1439, "tokens_out": 89, "cost": 0.25, "answers": 3, "refused": 1}
    answer = {**spent, "game_id": "g1", "bots": [{**spent, "bot_id": "bot-1"}], "profiles_today": []}
    api.answer("games/g1/usage", answer)
    (row,) = [line for line in told("games", "usage", "g1").splitlines() if "bot-1" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["1439", "89", "0.25", "3", "1", "bot-1"]
    assert json.loads(told("games", "usage", "g1", "--json")) == answer


def test_one_turn_is_shown_whole(api: OperatorsApi) -> None:
    answer = {"game_id": "g1", "turn": {**TURN, "turn_no": 12}, "transcript": None}
    api.answer("games/g1/turns/12", answer)
    record, _, rest = told("turns", "show", "g1", "12").partition("\n\n")
    shown = dict(line.split(maxsplit=1) for line in record.splitlines() if len(line.split()) > 1)
    assert shown.keys() == TURN.keys()
    assert (shown["turn_no"].strip(), shown["snapshot"].strip()) == ("12", "0123456789abcdef")
    assert rest == "no transcript: only the last 200 turns that a brain decided have one\n"
    assert json.loads(told("turns", "show", "g1", "12", "--json")) == answer


def test_a_turn_is_shown_with_what_it_was_decided_on_and_each_try(api: OperatorsApi) -> None:
    api.answer("games/g1/turns/1", {"game_id": "g1", "turn": TURN, "transcript": transcript("shoot left", None)})
    shown = told("turns", "show", "g1", "1")
    assert all(text in shown for text in ("♥♥♥♥♥♥♥♥♥♥ 10", "  shield up", "seconds_left  12.5", "profile       saloon"))
    assert '  │ {"turn_no":1}\n' in shown
    assert (
        "Try 1, llm: unparsable after 3.0 ms: what?\n"
        "  saloon-7b (text, prompts 0123), 2.5 ms, tokens 900 in, ? out; answer:\n"
        "  │ shoot left\n"
        "\n"
        "Try 2, llm: unparsable after 3.0 ms: what?\n"
        "  saloon-7b (text, prompts 0123), 2.5 ms, tokens 900 in, ? out; no answer\n"
    ) in shown


def test_what_a_model_and_players_said_is_no_code_for_the_terminal_and_forges_no_line(api: OperatorsApi) -> None:
    evil = "\x1b[2J\x07ok\r\nTry 2, llm: ok\u2028Try 3\x00\u202e\x9b31m"
    said = transcript(evil)
    said["recent"] = [evil]
    said["tries"][0]["reason"] = said["tries"][0]["exchanges"][0]["model"] = said["speak_text"] = evil
    api.answer("games/g1/turns/1", {"game_id": "g1", "turn": TURN, "transcript": said})
    shown = told("turns", "show", "g1", "1")
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert not [line for line in shown.splitlines() if line.startswith(("Try 2", "Try 3"))]


def test_a_turn_that_no_bot_played_is_refused_with_a_remedy(api: OperatorsApi) -> None:
    for verb in ("show", "replay"):
        api.answer("games/g%201/turns/7", {"error": "no"}, 404)
        assert refused("turns", verb, "g 1", "7") == (
            "Error: no bot has played turn 7 of game g 1; those it has: cowboy turns show 'g 1'"
        )


def test_a_turn_without_a_transcript_is_not_replayed_and_the_reason_is_told(api: OperatorsApi) -> None:
    api.answer("games/g1/turns/1", {"game_id": "g1", "turn": TURN, "transcript": None})
    assert "has no transcript: only the last 200 turns" in refused("turns", "replay", "g1", "1")


def test_a_turn_that_is_none_is_not_the_bot_managers(api: OperatorsApi) -> None:
    api.answer("games/g1/turns/1", {"turn": "none"})
    assert "is not the bot manager" in refused("turns", "show", "g1", "1")


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_nested_without_end_is_not_the_bot_managers(api: OperatorsApi, status: int) -> None:
    api.answer("bots", b"[" * 200_000, status)
    said = refused("bots", "list")
    assert "not the bot manager" in said or "not in the bot manager's words" in said


def test_what_bots_are_called_is_never_markup_nor_a_code_for_the_terminal(api: OperatorsApi) -> None:
    evil = "[bold red]x[/] [/nope] [link=http://x]y[/link] \x1b[2J\x07\r\nz"
    harmless = "[bold red]x[/] [/nope] [link=http://x]y[/link]  [2J   z"
    bot = bot_view(brain=evil, **{"\x1b[31m[red]name": 1})
    api.answer("bots", {"bots": [bot], "total": 1})
    api.answer("bots/b1", bot)
    api.answer("bots/b2", {"error": evil}, 404)
    for output in (told("bots", "list"), told("bots", "show", "b1"), refused("bots", "show", "b2")):
        assert harmless in output
        assert "\x1b" not in output
        assert "\x07" not in output


@pytest.mark.parametrize(
    ("status", "typed", "remedy"),
    [
        (401, ["bots", "list"], "set COWBOY_MANAGER_TOKEN"),
        (404, ["bots", "show", "b 1"], "cowboy bots list"),
        (404, ["instances", "drain", "i9"], "cowboy instances list"),
        (409, ["bots", "move", "b 1"], "cowboy bots show 'b 1'"),
        (409, ["games", "resume", "g1"], "cowboy games show g1"),
        (422, ["games", "teach", "g1"], "asked at http://127.0.0.1:"),
        (502, ["games", "assign", "g1"], "asked at http://127.0.0.1:"),
    ],
)
def test_a_refusal_is_told_in_the_apis_words_with_a_remedy(
    api: OperatorsApi, status: int, typed: list[str], remedy: str
) -> None:
    for path in ("bots", "bots/b%201", "instances/i9/drain", "bots/b%201/move"):
        api.answer(path, {"error": "so it is not"}, status)
    for path in ("resume", "teach", "assignments/default"):
        api.answer(f"games/g1/{path}", {"error": "so it is not"}, status)
    line = refused(*typed, "--json")
    assert f"{status}: so it is not; " in line
    assert remedy in line


@pytest.mark.parametrize(
    "answer",
    [(200, b"<html>a page</html>"), (200, []), (200, b""), (200, {"games": 1}), (200, {"items": []})],
)
def test_an_answer_of_something_else_than_the_bot_manager_is_told(api: OperatorsApi, answer: tuple[int, Any]) -> None:
    api.answers["games"] = answer
    line = refused("games", "list")
    assert api.base_url in line
    assert "BOT_MANAGER_BASE_URL" in line


@pytest.mark.parametrize("body", [b"<h1>Bad\nGateway</h1>", b'"text"', b"{}"])
def test_a_refusal_in_another_form_is_not_repeated(api: OperatorsApi, body: bytes) -> None:
    """The server may repeat all that it was sent, the token included."""
    api.answer("games", body, 503)
    line = refused("games", "list")
    assert "503: not in the bot manager's words; look at BOT_MANAGER_BASE_URL" in line
    assert body.decode() not in line


def test_a_bot_manager_that_is_not_there_is_told_with_its_address_and_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"http://{free_binds(1)[0]}"
    monkeypatch.setenv("BOT_MANAGER_BASE_URL", url)
    line = refused("bots", "list")
    assert f"BOT_MANAGER_BASE_URL ({url})" in line
    assert "cowboy manager" in line


def test_a_bot_manager_that_does_not_answer_is_not_waited_for_for_ever(
    api: OperatorsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COWBOY_HTTP_TIMEOUT_SECONDS", "0.2")
    api.gate.clear()
    assert "no answer in time" in refused("bots", "list")


def test_the_command_itself_does_all_that(api: OperatorsApi) -> None:
    api.answer(f"bots/{BOT}", bot_view())
    command = [sys.executable, "-m", "cowboy", "bots"]
    environment = {**os.environ, "COLUMNS": "20"}
    shown = subprocess.run(
        [*command, "show", BOT, "--json"], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(shown.stdout) == bot_view()
    wrong = subprocess.run([*command, "list"], env=environment, capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("Error: ")
    assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    ("command", "path", "body"),
    [
        (["talk", "show", "g1", "--as", "p1"], "games/g1/talk?player_id=p1", None),
        (["talk", "say", "g1", "p1", "Howdy."], "games/g1/talk", {"player_id": "p1", "text": "Howdy."}),
        (
            ["talk", "say", "g1", "p1", "Psst.", "--to", "p2"],
            "games/g1/talk",
            {"player_id": "p1", "text": "Psst.", "to": "p2"},
        ),
        (["talk", "mute", "bot", "b1"], "talk/mute", {"what": "bot", "name": "b1", "muted": True}),
        (["talk", "mute", "game", "g1", "--undo"], "talk/mute", {"what": "game", "name": "g1", "muted": False}),
        (["talk", "reset", "g1"], "games/g1/talk/reset", {}),
    ],
)
def test_talk_is_seen_to_by_the_bot_manager(api: OperatorsApi, command: list[str], path: str, body: object) -> None:
    ran = cowboy(*command)
    assert ran.exit_code == 0, ran.output
    assert [(call.path, call.body) for call in api.calls] == [(path, body)]
