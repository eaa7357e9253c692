"""`cowboy characters why`, `forget` and `heat-map`: what characters know, and from where."""

from pathlib import Path

import click

from cowboy.characters.heat_map import CellFact, draw, known_best
from cowboy.cli.operators import Answer, as_json_option, example, get, limit_option, post, rows_of, tell, tell_list
from cowboy.errors import NotFound

KINDS = ("visited", "block", "danger", "habits")


@click.command(epilog=example("characters why 'Rusty Creek'", "characters why 'Rusty Creek' --kind habits"))
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), help="Only facts of this kind.")
@click.option("--map", "map_name", help="Only facts of the map with this fingerprint.")
@limit_option
@as_json_option
def why(name: str, kind: str | None, map_name: str | None, limit: int | None, as_json: bool) -> None:
    """Show each thing that NAME knows, and from where: the game, the turn, the witness, through how many deaths.

    What its model noted for itself is shown apart: these are opinions.
    """
    answer = get("characters", name, "knowledge", kind=kind, map=map_name, limit=limit)
    if as_json:
        tell(answer, as_json)
        return
    tell_list(answer, as_json, "facts", [_row(fact) for fact in rows_of(answer, "facts")])
    for opinion in rows_of(answer, "opinions"):
        tell({"opinion": opinion["text"], "of game": opinion["game_id"], "turn": opinion["turn_no"]}, as_json)


def _row(fact: Answer) -> Answer:
    counts = fact["counts"]
    return {
        "kind": fact["kind"],
        "about": fact["opponent"] or f"{fact['map']} {fact['cell']}",
        "what": counts if fact["left"] is None else {**counts, "left": fact["left"]},
        "witness": fact["witness"],
        "game": fact["game_id"],
        "turn": fact["turn_no"],
        "deaths": fact["deaths"],
    }


@click.command(epilog=example("characters forget --opponent person:A"))
@click.option("--opponent", required=True, help="A character's name, person:SEAT, or seat:SEAT for a plain bot.")
@as_json_option
def forget(opponent: str, as_json: bool) -> None:
    """Have all characters forget what they know of an opponent."""
    tell(post("characters", "forget", opponent=opponent), as_json)


@click.command("heat-map", epilog=example("characters heat-map 'Rusty Creek' creek.svg --kind visited"))
@click.argument("name")
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(KINDS[:3]), default="danger", show_default=True, help="What is drawn.")
@click.option("--map", "map_name", help="Fingerprint of the map.  [default: the one that is known best]")
@as_json_option
def heat_map(name: str, picture: Path, kind: str, map_name: str | None, as_json: bool) -> None:
    """Draw what NAME knows of a map, as an SVG or PNG by the ending of PICTURE. Needs the extra `pictures`."""
    facts = rows_of(get("characters", name, "knowledge", kind=kind, map=map_name, limit=5_000), "facts")
    known = known_best(CellFact(fact["map"] or "", fact["cell"] or "", fact["counts"]) for fact in facts)
    if known is None:
        raise NotFound(f"{name} knows nothing of this kind ({kind}) about any cell; see: cowboy characters why")
    title = f"{name}: {kind} on map {known.map}"
    picture.write_bytes(draw(known.cells, title, picture.suffix.removeprefix(".") or "svg"))
    tell({"picture": str(picture), "kind": kind, "map": known.map, "cells": len(known.cells)}, as_json)
