"""`cowboy characters`: who bots are, and what an operator does with one."""

import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import click

from cowboy.characters.archive import KNOWLEDGE_ENDING, PART_FILES, RECORDS, STATE_ENDING, fitting, parts, records_file
from cowboy.characters.record import CharacterStatus
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

MOST_BYTES = 256 * 1024
"""What is sent at once, and the most that a file of one character has."""

MOST_RECORDS_BYTES = 256 * 1024 * 1024

LONGEST_NAME = 200
"""Of a file, as far as it is told."""

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
    """Take over the characters of a folder, and what they know. The folder stays as it is."""
    read, unread = _read(folder)
    files, large = fitting(read, MOST_BYTES)
    answer: Answer = {"imported": [], "present": [], "faults": {}, "remarks": {}}
    nothing: dict[str, str] = {}
    for part, faulty in zip_longest(parts(files, MOST_BYTES), _pages(unread | large), fillvalue=nothing):
        told = post("characters", "import", files=part, deaths_are_final=deaths_are_final, faults=faulty)
        for name, found in answer.items():
            found.extend(told[name]) if isinstance(found, list) else found.update(told[name])
    tell(answer, as_json)


@characters.command(epilog=example("characters export ./data"))
@click.argument("folder", type=Folder)
@as_json_option
def export(folder: Path, as_json: bool) -> None:
    """Write all characters, and what they know, to an empty folder, as `import` reads them."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"folder {folder} is not empty; name another, nothing in it is overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    records: Answer = {}
    while (page := get("characters", "export", offset=len(records)))["characters"]:
        records |= json.loads(page["files"].pop(RECORDS))["records"]
        for name, text in page["files"].items():
            (folder / Path(name).name).write_text(text, encoding="utf-8")
    (folder / RECORDS).write_text(records_file(records), encoding="utf-8")
    tell({"exported": len(records), "folder": str(folder)}, as_json)


def _read(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The files of a folder that are characters', and those of them that are no text, or more than one has."""
    if not folder.is_dir():
        raise BadRequest(f"there is no folder {folder}; name the one with {RECORDS} in it")
    files, faults = {}, {}
    for path in sorted(folder.iterdir()):
        if path.name != RECORDS and not path.name.endswith((STATE_ENDING, KNOWLEDGE_ENDING)):
            continue
        if fault := _fault(path):
            faults[_whole(path.name)] = fault
            continue
        try:
            files[path.name] = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            faults[_whole(path.name)] = f"cannot be read: {type(error).__name__}"
    return files, faults


def _fault(path: Path) -> str | None:
    """Why a file is not read at all. A pipe would be waited for."""
    if len(path.name) > LONGEST_NAME or not path.name.isprintable():
        return "has a name that no character has"
    if not path.is_file():
        return "is no file"
    largest = MOST_RECORDS_BYTES if path.name == RECORDS else MOST_BYTES
    return f"is larger than {largest} bytes" if path.stat().st_size > largest else None


def _whole(name: str) -> str:
    """The name of a file, as far as it is told, with escapes for bytes that are no text."""
    return name.encode(errors="backslashreplace").decode()[:LONGEST_NAME]


def _pages(faults: dict[str, str]) -> Iterator[dict[str, str]]:
    """So many at once; at least one page."""
    items = list(faults.items())
    for first in range(0, max(1, len(items)), PART_FILES):
        yield dict(items[first : first + PART_FILES])


for command in (why, forget, heat_map):
    characters.add_command(command)
