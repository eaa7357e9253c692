"""`cowboy turns`: how the bots of a game decided, turn by turn; and whether they would decide so again."""

import json
import shlex
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout

import click
from pydantic import ValidationError

from cowboy.brains.brain import Brain
from cowboy.brains.llm import LLM
from cowboy.brains.llm.langsmith_internals import flush_traces
from cowboy.brains.registry import shared_brain
from cowboy.brains.safe import SAFE
from cowboy.cli.console import output
from cowboy.cli.operators import Answer, as_json_option, example, get, no_bot_manager, plain, tell, tell_list
from cowboy.cli.replay import Decided, decide_now, decided_then
from cowboy.errors import BotManagerError, NotFound
from cowboy.local.model import LOCAL, asking_model
from cowboy.match.board import render_state
from cowboy.models.profiles import DEFAULT, load_profiles
from cowboy.settings import Settings, settings
from cowboy.state.transcripts import TURNS_KEPT, Transcript, TryNote
from manager_api.schemas.turns import PlayedTurnView

MOST_TIMES = 100
"""Each may cost a question to a model."""

EPILOG = """\b
Examples:
  cowboy turns show GAME
  cowboy turns show GAME 12
  cowboy turns replay GAME 12

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one.
"""


@click.group(epilog=EPILOG)
def turns() -> None:
    """Show the turns that bots played, and have them decided again."""


@turns.command(epilog=example("turns show GAME", "turns show GAME 12 --json"))
@click.argument("game")
@click.argument("turn", type=click.IntRange(1), required=False)
@as_json_option
def show(game: str, turn: int | None, as_json: bool) -> None:
    """Show the turns of GAME that bots played, oldest first, or all that is known of one TURN.

    That is its record, and for the last 200 turns of a game the board, the past, and each try to decide with what a
    model said. Records are kept for a day after the game; a game that is not known has none.
    """
    if turn is None:
        tell_list(get("games", game, "turns"), as_json, "turns")
        return
    answer = _answer(game, turn)
    if as_json:
        tell(answer, as_json)
        return
    played = _read(answer)
    tell(played.turn.model_dump(mode="json"), as_json)
    if played.transcript is None:
        click.echo(f"\nno transcript: only the last {TURNS_KEPT} turns that a brain decided have one")
    else:
        _tell_transcript(played.transcript)


@turns.command(epilog=example("turns replay GAME 12", "turns replay GAME 12 --brain llm --profile saloon --times 5"))
@click.argument("game")
@click.argument("turn", type=click.IntRange(1))
@click.option("--brain", help="Which is to decide.  [default: the one that did]")
@click.option("--profile", help="LLM profile to ask, of the file here.  [default: the bot's]")
@click.option("--times", type=click.IntRange(1, MOST_TIMES), default=1, show_default=True, help="How often to decide.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def replay(  # noqa: PLR0913, PLR0917  # one parameter per option
    game: str, turn: int, brain: str | None, profile: str | None, times: int, as_json: bool
) -> None:
    """Have a TURN of GAME decided again, from the same situation and seed, and compare.

    The brain thinks in this process, with the settings and files that are here: models are really asked, and cost what
    they cost. Nothing is published, whatever comes out. `random`, `greedy` and, with a budget in nodes, `search`
    decide the same each time.
    """
    played = _read(_answer(game, turn))
    if played.transcript is None:
        raise NotFound(
            f"turn {turn} of game {game} has no transcript: only the last {TURNS_KEPT} turns that a brain decided have "
            "one, for as long as COWBOY_HISTORY_TTL_SECONDS"
        )
    name = brain or played.turn.brain
    situation = played.transcript.situation
    if profile is not None:
        situation = situation.model_copy(update={"profile": profile})
    configured = _settings_for(name, situation.profile)
    with redirect_stdout(sys.stderr):  # a brain may print and log what it likes; the answer is ours
        thinking, fallback = shared_brain(name, configured), _fallback(configured)
        now = [decide_now(thinking, fallback, situation) for _ in range(times)]
        flush_traces()
    then = decided_then(played.turn, played.transcript)
    if as_json:
        said = {
            "game_id": played.game_id,
            "turn_no": turn,
            "brain": name,
            "profile": situation.profile,
            "whole": played.transcript.whole,
            "then": _document(then),
            "now": [_document(one) | {"same": one.command == then.command} for one in now],
        }
        click.echo(json.dumps(said, indent=2))
    else:
        _tell_replay(then, now, whole=played.transcript.whole)


def _settings_for(brain: str, profile: str | None) -> Settings:
    """Those that are here; for the local model as `cowboy up` has them. Raises `NotFound` and `BadSetting`."""
    here = settings()
    if brain != LLM:
        return here
    asked = asking_model(here) if profile == LOCAL and here.llm_config_path is None else here
    load_profiles(asked).get(profile or DEFAULT)  # better refused now than a decision without it
    return asked


def _fallback(configured: Settings) -> Brain | None:
    return None if configured.fallback == SAFE else shared_brain(configured.fallback, configured)


def _answer(game: str, turn: int) -> Answer:
    try:
        return get("games", game, "turns", str(turn))
    except BotManagerError as error:
        if error.answered != NotFound.status:
            raise
        raise NotFound(
            f"no bot has played turn {turn} of game {game}; those it has: cowboy turns show {shlex.quote(game)}"
        ) from error


def _read(answer: Answer) -> PlayedTurnView:
    try:
        return PlayedTurnView.model_validate_json(json.dumps(answer))
    except ValidationError:
        no_bot_manager()


def _tell_transcript(transcript: Transcript) -> None:
    click.echo()
    output().print(render_state(transcript.table.state))
    told = transcript.situation.model_dump(mode="json", exclude={"table", "recent"}, exclude_defaults=True)
    tell(told | {"speak_text": transcript.speak_text}, as_json=False)
    if not transcript.whole:
        click.echo("There was more than is kept: the past is missing at least.")
    if transcript.recent:
        click.echo("\nWhat had happened, oldest first:")
        _quote(transcript.recent)
    _tell_tries(transcript.tries)


def _tell_tries(tries: Iterable[TryNote]) -> None:
    for number, one in enumerate(tries, start=1):
        why = f": {one.reason}" if one.reason else ""
        click.echo()
        click.echo(plain(f"Try {number}, {one.brain}: {one.outcome} after {one.ms:.1f} ms{why}"))
        for asked in one.exchanges:
            tokens = f"tokens {_known(asked.tokens_in)} in, {_known(asked.tokens_out)} out"
            said = "no answer" if asked.answer is None else "answer:"
            who = f"{asked.model} ({asked.mode}, prompts {asked.prompts})"
            click.echo(plain(f"  {who}, {asked.ms:.1f} ms, {tokens}; {said}"))
            _quote((asked.answer or "").splitlines())


def _tell_replay(then: Decided, now: list[Decided], *, whole: bool) -> None:
    rows = [_row("then", then)]
    rows += [_row("now", one) | {"same": one.command == then.command} for one in now]
    tell_list({"decisions": rows}, as_json=False, name="decisions")
    if not whole:
        click.echo("Not all that was known then is kept, so the brain was told less than then.")
    for one in now:
        _tell_tries(one.tries)


def _row(when: str, decided: Decided) -> Answer:
    kept = {name: value for name, value in decided._asdict().items() if name != "tries"}
    return {"when": when, **kept}


def _document(decided: Decided) -> Answer:
    return decided._asdict() | {"tries": [one.model_dump(mode="json") for one in decided.tries]}


def _quote(lines: Iterable[str]) -> None:
    """What others wrote, each line behind a mark, and without codes that a terminal would obey."""
    for line in lines:
        click.echo(f"  │ {plain(line)}")


def _known(count: int | None) -> str:
    return "?" if count is None else str(count)
