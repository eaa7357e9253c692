"""Routes of characters: who they are, what they did and whose heirs they are; make, retire, clean up, import."""

from flask_openapi3 import APIBlueprint, Tag

from cowboy.characters.archive import COMMON_KNOWLEDGE, KNOWLEDGE_ENDING, read_archive, write_archive
from cowboy.characters.knowledge import SHARED
from cowboy.characters.lineage import as_svg, as_text, line_of, lines
from cowboy.characters.record import Character
from cowboy.errors import Conflict, NotFound, OperatorError
from manager_api.extensions import character_leases, characters, knowledge
from manager_api.failures import CHANGING, READING
from manager_api.schemas.characters import (
    CharacterDetailView,
    CharacterPath,
    CharactersQuery,
    CharactersView,
    CharacterView,
    CleanUp,
    CreateCharacter,
    ExportedView,
    ExportQuery,
    FamilyQuery,
    FamilyView,
    ImportCharacters,
    ImportedView,
    NamesView,
    QuarantineView,
    ReleaseCharacters,
    StatisticsView,
)
from manager_api.schemas.knowledge import KnownView

blueprint = APIBlueprint(
    "characters",
    __name__,
    url_prefix="/internal/v3/characters",
    abp_tags=[Tag(name="characters", description="Who bots are, from game to game.")],
)


@blueprint.get("", responses={200: CharactersView, **READING})
def show_characters(query: CharactersQuery) -> dict[str, object]:
    """Characters by status and name."""
    found = [one for one in characters().all(query.status) if one.name.lower().startswith(query.prefix.lower())]
    shown = found[query.offset : query.offset + query.limit]
    return CharactersView(characters=tuple(map(CharacterView.of, shown)), total=len(found)).model_dump(mode="json")


@blueprint.post("", responses={200: CharacterView, **CHANGING})
def create_character(body: CreateCharacter) -> dict[str, object]:
    """Make a character, which is the next to sit down. At the limit the least recently active one retires for it."""
    _must_be_on()
    try:
        made = characters().create(body.name, body.horse_name, body.brain_profile)
    except OperatorError as error:  # another mode than the stored one
        raise Conflict(str(error)) from None
    return CharacterView.of(made).model_dump(mode="json")


@blueprint.get("/statistics", responses={200: StatisticsView, **READING})
def show_statistics() -> dict[str, object]:
    """What all characters did."""
    told = characters().statistics()
    view = StatisticsView(
        **told._asdict(),
        wins_per_game=told.wins_per_game,
        kills_per_game=told.kills_per_game,
        kills_per_character=told.kills_per_character,
    )
    return view.model_dump(mode="json")


@blueprint.get("/tree", responses={200: FamilyView, **READING})
def show_family(query: FamilyQuery) -> dict[str, object]:
    """Families, from the first member to the last heir, as text and as a picture."""
    families = _families(query.name)
    return FamilyView(text=as_text(families), svg=as_svg(families)).model_dump(mode="json")


@blueprint.get("/quarantine", responses={200: QuarantineView, **READING})
def show_quarantine() -> dict[str, object]:
    """What could not be imported."""
    return QuarantineView(faults=characters().quarantine()).model_dump(mode="json")


@blueprint.post("/clean-up", responses={200: NamesView, **CHANGING})
def clean_up_characters(body: CleanUp) -> dict[str, object]:
    """Remove the records and the knowledge of the dead but for those that died last. What all did stays counted."""
    return NamesView(names=tuple(characters().clean_up(body.keep))).model_dump(mode="json")


@blueprint.post("/release", responses={200: NamesView, **CHANGING})
def release_characters(body: ReleaseCharacters) -> dict[str, object]:
    """Give back all characters that an instance has. Its bots play on without names."""
    return NamesView(names=tuple(character_leases().release_all(body.owner))).model_dump(mode="json")


@blueprint.post("/import", responses={200: ImportedView, **CHANGING})
def import_characters(body: ImportCharacters) -> dict[str, object]:
    """Take characters over, and what they know. What cannot be used is set aside; what is here already stays."""
    _must_be_on()
    archive = read_archive(body.files, deaths_are_final=body.deaths_are_final)
    faults, remarks = {**body.faults, **archive.faults}, dict(archive.remarks)
    imported: list[str] = []
    present: list[str] = []
    try:
        for one, known in archive.characters:
            (imported if characters().take_over(one, known) else present).append(one.name)
            if known.facts and knowledge().scope_of(one.name) == SHARED:
                remarks[f"{one.name}{KNOWLEDGE_ENDING}"] = "was left out: here all characters know the same"
    except OperatorError as error:  # another mode than the stored one
        raise Conflict(str(error)) from None
    if archive.common.facts and not knowledge().take_over(archive.common):
        remarks[COMMON_KNOWLEDGE] = "was left out: here all know something together already, or each has its own"
    characters().set_aside(faults)
    view = ImportedView(imported=tuple(imported), present=tuple(present), faults=faults, remarks=remarks)
    return view.model_dump(mode="json")


@blueprint.get("/export", responses={200: ExportedView, **READING})
def export_characters(query: ExportQuery) -> dict[str, object]:
    """Characters as files, with what they know, as they are imported."""
    found = sorted(characters().all(), key=lambda one: one.name.lower())
    some = found[query.offset : query.offset + query.limit]
    files = write_archive(*knowledge().archived(some))
    return ExportedView(files=files, characters=len(some), total=len(found)).model_dump(mode="json")


@blueprint.get("/<name>", responses={200: CharacterDetailView, **READING})
def show_character(path: CharacterPath) -> dict[str, object]:
    """A character, its record, what it knows in short, and its family."""
    one = characters().get(path.name)
    family = tuple(member.name for member in line_of(one.name, characters().all()))
    scope = knowledge().scope_of(one.name)
    known = KnownView.of(scope, knowledge().of_scope(scope), knowledge().opinions(one.name))
    return CharacterDetailView(**CharacterView.of(one).model_dump(), family=family, knowledge=known).model_dump(
        mode="json"
    )


@blueprint.post("/<name>/retire", responses={200: CharacterView, **CHANGING})
def retire_character(path: CharacterPath) -> dict[str, object]:
    """Have a character retire that sits nowhere: it keeps its record and never plays again."""
    return CharacterView.of(characters().retire(path.name)).model_dump(mode="json")


def _families(name: str | None) -> list[list[Character]]:
    known = characters().all()
    if name is None:
        return lines(known)
    family = line_of(name, known)
    if not family:
        raise NotFound(f"there is no character {name!r}")
    return [family]


def _must_be_on() -> None:
    if not characters().are_wanted:
        raise Conflict("characters are switched off: set COWBOY_CHARACTERS, and start all processes again")
