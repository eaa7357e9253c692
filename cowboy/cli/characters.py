"""`cowboy characters`: who bots are, and what an operator does with one."""

from collections.abc import Iterable
from pathlib import Path

import click

from cowboy.characters.archive import RECORDS, STATE_ENDING, read_archive, write_archive
from cowboy.characters.record import Character, CharacterStatus
from cowboy.cli.knowledge import forget, heat_map, why
from cowboy.cli.operators import (
    Answer,
    add_show,
    add_verb,
    as_json_option,
    example,
    get,
    limit_option,
    post,
    rows_of,
    tell,
    tell_list,
)
from cowboy.errors import BadRequest, Conflict

EPILOG = """\b
Examples:
  cowboy characters list --status living
  cowboy characters show RustyCanyonRider
  cowboy characters tree --svg tree.svg

Asks the bot manager at BOT_MANAGER_BASE_URL, with COWBOY_MANAGER_TOKEN where it has one.
"""

AT_ONCE = 200
"""Characters in one request."""

Folder = click.Path(file_okay=False, path_type=Path)


@click.group(epilog=EPILOG)
def characters() -> None:
    """List, show, make, retire, clean up, import and export characters."""


@characters.command("list", epilog=example("characters list", "characters list --status dead --json"))
@click.option("--status", type=click.Choice([status.value for status in CharacterStatus], case_sensitive=False))
@click.option("--prefix", metavar="TEXT", help="Only names that begin like this.")
@limit_option
@as_json_option
def list_characters(status: str | None, prefix: str | None, limit: int | None, as_json: bool) -> None:
    """List characters: the living first, those first that were active least recently."""
    tell_list(get("characters", status=status, prefix=prefix, limit=limit), as_json, "characters")


add_show(characters, "CHARACTER", "Show all that is known of a character.")


@characters.command(epilog=example("characters create", "characters create --name 'Calamity Joe' --horse Biscuit"))
@click.option("--name", help="Its name.  [default: one is drawn]")
@click.option("--horse", help="Its horse's name.  [default: one is drawn]")
@click.option("--profile", help="LLM profile, by name.")
@as_json_option
def create(name: str | None, horse: str | None, profile: str | None, as_json: bool) -> None:
    """Make a character, which is the next to sit down."""
    tell(post("characters", name=name, horse_name=horse, brain_profile=profile), as_json)


add_verb(characters, "retire", "CHARACTER", "Have a character retire that sits nowhere.")


@characters.command("clean-up", epilog=example("characters clean-up", "characters clean-up --keep 0"))
@click.option("--keep", type=int, default=10, show_default=True, help="How many of the dead to keep, the latest.")
@as_json_option
def clean_up(keep: int, as_json: bool) -> None:
    """Remove the records and the knowledge of the dead. Their names stay taken."""
    tell(post("characters", "clean-up", keep=keep), as_json)


@characters.command(epilog=example("characters release i1"))
@click.argument("instance")
@as_json_option
def release(instance: str, as_json: bool) -> None:
    """Give back all characters that an instance has; its bots play on without names."""
    tell(post("characters", "release", owner=instance), as_json)


@characters.command(epilog=example("characters statistics --json"))
@as_json_option
def statistics(as_json: bool) -> None:
    """What all characters did, those among them that were cleaned up."""
    tell(get("characters", "statistics"), as_json)


@characters.command(epilog=example("characters tree", "characters tree Ida --svg ida.svg"))
@click.argument("character", required=False)
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture to this file instead.")
@as_json_option
def tree(character: str | None, svg: Path | None, as_json: bool) -> None:
    """Show families: each heir below its predecessor."""
    family = get("characters", "tree", name=character)
    if svg is not None:
        svg.write_text(family["svg"], encoding="utf-8")
    if as_json:
        tell(family, as_json)
    elif svg is None:
        click.echo(family["text"])


@characters.command("import", epilog=example("characters import ./data"))
@click.argument("folder", type=Folder)
@click.option("--deaths-are-final", is_flag=True, help="A state without a record that tells of deaths is a dead one's.")
@as_json_option
def import_folder(folder: Path, deaths_are_final: bool, as_json: bool) -> None:
    """Take over the characters of a folder with a records file and state files. The folder stays as it is."""
    files, faults = _read(folder)
    archive = read_archive(files, deaths_are_final=deaths_are_final)
    faults |= archive.faults
    answer: Answer = {"imported": [], "present": [], "faults": {}, "remarks": archive.remarks}
    for some, problems in _batches(archive.characters, faults):
        body = [one.model_dump(mode="json", exclude=_NOT_SENT, exclude_none=True) for one in some]
        told = post("characters", "import", characters=body, faults=problems)
        answer["imported"] += told["imported"]
        answer["present"] += told["present"]
        answer["faults"] |= told["faults"]
    tell(answer, as_json)


@characters.command(epilog=example("characters export ./data"))
@click.argument("folder", type=Folder)
@as_json_option
def export(folder: Path, as_json: bool) -> None:
    """Write all characters to an empty folder, as `import` reads them."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"folder {folder} is not empty; name another, nothing in it is overwritten")
    files = write_archive(_all())
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    tell({"exported": len(files) - 1, "folder": str(folder)}, as_json)


_NOT_SENT = {"died_in", "brain_profile", "owner", "game_id", "player_id", "held_until", "fence", "version"}


def _read(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The files of a folder that are characters', and those of them that are no text."""
    if not folder.is_dir():
        raise BadRequest(f"there is no folder {folder}; name the one with {RECORDS} in it")
    files, faults = {}, {}
    for path in sorted(folder.iterdir()):
        if path.name != RECORDS and not path.name.endswith(STATE_ENDING):
            continue
        try:
            files[path.name] = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            faults[path.name[:200]] = f"cannot be read: {type(error).__name__}"
    return files, faults


def _batches(found: list[Character], faults: dict[str, str]) -> Iterable[tuple[list[Character], dict[str, str]]]:
    problems = [(file, reason[:500]) for file, reason in faults.items()]
    for start in range(0, max(len(found), len(problems), 1), AT_ONCE):
        yield found[start : start + AT_ONCE], dict(problems[start : start + AT_ONCE])


def _all() -> Iterable[Character]:
    offset = 0
    while rows := rows_of(get("characters", offset=offset, limit=AT_ONCE), "characters"):
        yield from map(Character.model_validate, rows)
        offset += len(rows)


for command in (why, forget, heat_map):
    characters.add_command(command)
