"""The guide that bots are taught before they act, made from the code so that it cannot drift from it.

This is the one home of the rules in prose (`docs/rules.md` is the same text). Words come from the enums, numbers from
the constants, tables from the refusals; what no code can tell stands here as sentences.
"""

import functools
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cowboy.game.board import MAX_HP, MAX_PLAYERS, spawn_players
from cowboy.game.maps import STANDARD_SIDE
from cowboy.game.rules import DAMAGE
from cowboy.game.summary import SPEECH_LIMIT
from cowboy.game.turns import Table
from cowboy.game.wire.http import DEFAULT_TURN_TIMEOUT_SECONDS
from cowboy.game.wire.lesson import CommandSchema, Example, Lesson
from cowboy.game.wire.objects import Game, PlayerIdentity
from cowboy.game.words import DIRECTED, RESERVED, SPOKEN, CommandType, Direction, PlayerName, Refusal

GUIDE_VERSION = "v1"
"""The name of what is taught. Every change of the text or the schema needs another; a golden file holds us to it."""


# -- the rules -------------------------------------------------------------------------------------------------------


class Order(NamedTuple):
    """A command that players may give: what it does, and why it may be refused."""

    effect: str
    refusals: tuple[Refusal, ...]


ORDERS = {
    CommandType.MOVE: Order(
        "goes one cell in a direction",
        (
            Refusal.MISSING_DIRECTION,
            Refusal.MOVE_OUT_OF_BOUNDS,
            Refusal.MOVE_BLOCKED_BY_BLOCK,
            Refusal.MOVE_BLOCKED_BY_PLAYER,
        ),
    ),
    CommandType.SHIELD: Order(
        "turns the shield to a direction, where it stays until turned again; any direction is legal at any time",
        (Refusal.MISSING_DIRECTION,),
    ),
    CommandType.SHOOT: Order(
        "fires the laser in a direction, see below; a shot that hits nothing is legal",
        (
            Refusal.MISSING_DIRECTION,
            Refusal.CANNOT_SHOOT_THROUGH_OWN_SHIELD,
            Refusal.SHOOT_BLOCKED_BY_EDGE,
            Refusal.SHOOT_BLOCKED_BY_BLOCK,
            Refusal.SHOOT_BLOCKED_BY_PLAYER,
        ),
    ),
    CommandType.SPEAK: Order(
        f"says something to everybody, in at most {SPEECH_LIMIT} characters if a bot speaks; changes nothing else",
        (Refusal.MISSING_SPEAK_TEXT,),
    ),
}

EXPLANATIONS = {
    Refusal.RESERVED_COMMAND_TYPE: (
        f"{' and '.join(f'`{kind}`' for kind in CommandType if kind in RESERVED)} are for the system to send"
    ),
    Refusal.MISSING_DIRECTION: "the command needs a direction and has none",
    Refusal.MISSING_SPEAK_TEXT: "the text is absent or blank",
    Refusal.MOVE_OUT_OF_BOUNDS: "the cell to move to is off the board",
    Refusal.MOVE_BLOCKED_BY_BLOCK: "the cell to move to holds a block",
    Refusal.MOVE_BLOCKED_BY_PLAYER: "a living player stands on the cell to move to",
    Refusal.CANNOT_SHOOT_THROUGH_OWN_SHIELD: "the shooter's own shield faces the direction of the shot",
    Refusal.SHOOT_BLOCKED_BY_EDGE: "the entry cell, next to the shooter in the direction of the shot, is off the board",
    Refusal.SHOOT_BLOCKED_BY_BLOCK: "the entry cell holds a block",
    Refusal.SHOOT_BLOCKED_BY_PLAYER: "a living player stands on the entry cell",
}
"""Why a command of the right player in the right turn is illegal, in the order in which it is checked."""

DRAWING = """\
  .  .  .  .  .  .  .
  .  .  . [2] .  .  .     the sweep upwards ends here: block 2 becomes 1
  .  .  .  |  .  .  .
  .  .  A  *  .  .  B     B stands straight ahead and is not touched
  .  .  .  |  .  .  .
  .  .  .  C  .  .  .     the sweep downwards ends here: C is hurt, unless C's shield faces up
  .  .  .  .  .  .  ."""
"""A shot of A to the right, through the entry cell `*`. A test plays it."""


@functools.cache
def rules_markdown() -> str:
    """The whole of the rules, in markdown without a title. Made once: it takes 2 ms, and each lesson has it."""
    return "\n\n".join(
        (
            *_board(),
            *_turns(),
            *_commands(),
            *_laser(),
            "## The end",
            _paragraph(
                """When a command other than a timeout leaves one player alive, that player has won. As nobody hurts
                themselves, shots cannot end a game in a draw. A game of one player is over with that player's first
                command. Our extension `max_turns` ends a game earlier, as a draw."""
            ),
        )
    )


def _board() -> tuple[str, ...]:
    steps = _listed(f"`{direction}` by {direction.step}" for direction in Direction)
    spawns = spawn_players(STANDARD_SIDE, STANDARD_SIDE, MAX_PLAYERS)
    places = (
        (name, str(player.row), str(player.col), f"`{player.shield}`")
        for name, player in zip(PlayerName, spawns, strict=True)
    )
    return (
        _paragraph(f"1 to {MAX_PLAYERS} players shoot at each other on a grid; the last one alive wins."),
        "## Board and players",
        _paragraph(
            f"""The board has `rows` × `cols` cells, as a rule {STANDARD_SIDE} × {STANDARD_SIDE}, counted from 0: row 0
            is the top, column 0 the left edge, and nothing wraps around. `cells[row][col]` is `0` for an empty cell,
            `N > 0` for a block that N sweeps of a laser destroy, or negative for a block that nothing destroys. A
            direction changes (row, column): {steps}."""
        ),
        _paragraph(
            f"""The players are {_listed(PlayerName)}, in this order; a game of n players has the first n. Each begins
            with {MAX_HP} HP in the middle of a side, the shield towards the edge, where it stops nothing. HP are never
            won back. A player with 0 HP is dead: it stays in the list of players, blocks neither cells nor lasers, and
            never has a turn. The places at the beginning, on the standard board:"""
        ),
        markdown_table(("player", "row", "column", "shield"), places),
    )


def _turns() -> tuple[str, ...]:
    rows = (f"- {sentence}" for sentence in turn_model().values())
    return "## Turns", "\n".join(_paragraph(row, indent="  ") for row in rows)


def _commands() -> tuple[str, ...]:
    orders = (
        (f"`{kind}`", "a direction" if kind in DIRECTED else "a text", effect, _listed(f"`{one}`" for one in refusals))
        for kind, (effect, refusals) in ORDERS.items()
    )
    reasons = ((f"`{refusal}`", explanation) for refusal, explanation in EXPLANATIONS.items())
    return (
        "## Commands",
        markdown_table(("command", "needs", "what it does", "illegal because of"), orders),
        markdown_table(("reason", "it means that"), reasons),
    )


def _laser() -> tuple[str, ...]:
    rows = ((f"`{shot}`", f"`{sweep}`", f"`{sweep.opposite}`") for shot in Direction for sweep in shot.sides)
    return (
        "## The laser is a T, not a line",
        _paragraph(
            """A shot enters the neighbouring cell in its direction and from there sweeps to both *sides*; it never goes
            straight on. Here A shoots `right`, into the entry cell `*`:"""
        ),
        f"```text\n{DRAWING}\n```",
        _paragraph(
            f"""A sweep begins beside the entry cell and ends at the edge, at a block or at a living player. A block
            that can be destroyed loses 1; any block covers a player who stands on it. A player loses {DAMAGE} HP unless
            the shield faces the side that the sweep comes from. So one shot hurts none, one or two players, and never
            the shooter."""
        ),
        markdown_table(("a shot", "sweeps", "a shield that faces … stops the sweep"), rows),
        _paragraph(
            """Shields do not wear out and do not hinder moving; their price is that one cannot shoot where one's own
            shield faces."""
        ),
    )


def turn_model(turn_timeout_seconds: int | None = None) -> dict[str, str]:
    """How turns pass, a sentence or two for each question; of any game, or of one whose timeout is known."""
    limit = (
        f"`turn_timeout_seconds` of its game, {DEFAULT_TURN_TIMEOUT_SECONDS} unless it was created with another value"
        if turn_timeout_seconds is None
        else f"{turn_timeout_seconds} seconds"
    )
    return {
        "one_command_per_turn": (
            "Exactly one player is current. A command of that player with the current `turn_no` uses up the turn, "
            "whatever it does; a speech does, too."
        ),
        "turn_order": (
            f"Then the next living player in the order {_listed(PlayerName)} is current, and `turn_no` grows by 1. "
            "`round_no` grows by 1 whenever the order begins anew."
        ),
        "timeout": (
            f"A turn lasts {limit}. When the time has run out the turn passes on; nothing else is lost, however often "
            "that happens."
        ),
        "late_commands": (
            "A command that comes after its turn, or from a player who is not current, or a second one for the same "
            "turn, is ignored."
        ),
        "illegal_commands": (
            f"An illegal command of the current player becomes a `{CommandType.SPEAK}` that says so, and uses up the "
            "turn."
        ),
    }


# -- what a bot may decide -------------------------------------------------------------------------------------------


def command_schema() -> dict[str, Any]:
    """The commands a bot may choose from, what they need and what makes them illegal: `CommandSchema` as plain data."""
    return {
        "allowed": tuple(kind.value for kind in ORDERS),
        "direction_required_for": _needing(DIRECTED),
        "speak_text_required_for": _needing(SPOKEN),
        "validation_rules": tuple(
            {"reason": refusal.value, "explanation": explanation} for refusal, explanation in EXPLANATIONS.items()
        ),
        "json_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Decision",
            "type": "object",
            "properties": {
                "command_type": {"type": "string", "enum": [kind.value for kind in ORDERS]},
                "direction": {"type": ["string", "null"], "enum": [*(one.value for one in Direction), None]},
                "speak_text": {"type": ["string", "null"], "maxLength": SPEECH_LIMIT, "pattern": r"\S"},
            },
            "required": ["command_type"],
            "additionalProperties": False,
            "allOf": [_needs(DIRECTED, "direction"), _needs(SPOKEN, "speak_text")],
        },
    }


@functools.cache
def _lesson_schema() -> CommandSchema:
    return CommandSchema(**command_schema())


def _needing(kinds: frozenset[CommandType]) -> tuple[str, ...]:
    return tuple(kind.value for kind in ORDERS if kind in kinds)


def _needs(kinds: frozenset[CommandType], field: str) -> dict[str, Any]:
    """The schema of a decision in which commands of these kinds have that field, and not as null."""
    return {
        "if": {"properties": {"command_type": {"enum": [*_needing(kinds)]}}, "required": ["command_type"]},
        "then": {"properties": {field: {"type": "string"}}, "required": [field]},
    }


def examples() -> tuple[Example, ...]:
    """One of each command. All are legal for A in the first turn on the default map."""
    return (
        Example(command_type=CommandType.MOVE.value, direction=Direction.DOWN.value),
        Example(command_type=CommandType.SHIELD.value, direction=Direction.LEFT.value),
        Example(command_type=CommandType.SHOOT.value, direction=Direction.RIGHT.value),
        Example(command_type=CommandType.SPEAK.value, speak_text="Howdy. This board is not big enough for us all."),
    )


# -- the lesson ------------------------------------------------------------------------------------------------------


def lesson_for(game: Game | Table, turn_timeout_seconds: int, player: PlayerIdentity, version: str) -> Lesson:
    """All that a bot needs to know to play `player` in `game`. The guide is ours, under whatever name it is asked."""
    return Lesson(
        game_guide_version=version,
        rules_markdown=rules_markdown(),
        command_schema=_lesson_schema(),
        examples=examples(),
        turn_model=turn_model(turn_timeout_seconds),
        turn_timeout_seconds=turn_timeout_seconds,
        game_id=game.game_id,
        player_id=player.player_id,
        player_name=player.player_name,
        status=game.status,
        turn_no=game.turn_no,
        state=game.state,
    )


# -- markdown --------------------------------------------------------------------------------------------------------


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _paragraph(text: str, indent: str = "") -> str:
    words = " ".join(text.split())
    return textwrap.fill(words, 120, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def _listed(parts: Iterable[str]) -> str:
    """The parts with commas, or with semicolons where they have commas themselves."""
    every = list(parts)
    return ("; " if any("," in part for part in every) else ", ").join(every)
