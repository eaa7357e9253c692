"""A game in a terminal: the board and the players, as rich renderables. Pure."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cowboy.game.wire.messages import StepEvent
from cowboy.game.wire.objects import GameState, PlayerState
from cowboy.game.words import PlayerName

COLOURS = {
    PlayerName.A: "bright_red",
    PlayerName.B: "bright_cyan",
    PlayerName.C: "bright_yellow",
    PlayerName.D: "bright_green",
}
EMPTY, WEAK, STRONG, SOLID = " ·", " ░", " ▓", " █"


def render(event: StepEvent) -> RenderableType:
    """The board after an event, the players beside it, the event in words below."""
    return Group(
        render_state(event.state_after),
        Text(f"turn {event.turn_no}, round {event.round_no}: {describe(event)}", style="dim"),
    )


def render_state(state: GameState) -> RenderableType:
    """The board, the players beside it."""
    layout = Table.grid(padding=(0, 3))
    layout.add_row(_board(state), _players(state))
    return layout


def describe(event: StepEvent) -> str:
    """An event in words."""
    command = event.command
    if command is None:
        return event.event_type.lower().replace("_", " ")
    seat = event.state_after.seat_of(command.player_id)
    who = event.state_after.players[seat].player_name if seat is not None else "?"
    what = " ".join(filter(None, (command.command_type, command.direction)))
    return f"{who} {what}" if event.consumed_a_turn else f"{who} {what} ({event.result_status.lower()})"


def _board(state: GameState) -> Text:
    alive = {(player.row, player.col): player.player_name for player in state.players if player.alive}
    text = Text()
    for row, cells in enumerate(state.map.cells):
        for col, cell in enumerate(cells):
            name = alive.get((row, col))
            text.append(f" {name}" if name else _block(cell), style=COLOURS[name] + " bold" if name else "dim")
        text.append("\n")
    return text


def _block(cell: int) -> str:
    if cell == 0:
        return EMPTY
    if cell < 0:
        return SOLID
    return WEAK if cell == 1 else STRONG


def _players(state: GameState) -> Text:
    return Text("\n").join(_player(player) for player in state.players)


def _player(player: PlayerState) -> Text:
    colour = COLOURS[player.player_name]
    if not player.alive:
        return Text(f"{player.player_name}  out", style="dim strike")
    return Text.assemble(
        (f"{player.player_name} ", f"bold {colour}"),
        ("♥" * player.hp, colour),
        (f" {player.hp}", "dim"),
        (f"  shield {player.shield}", "dim"),
    )
