"""Lineage: who was whose heir, as text and as a picture (SVG). One has one heir at most, so a family is a line.

Those that were imported may say otherwise: of several heirs the one that its predecessor names, or else the oldest,
goes on with the line, and the others begin their own. So does somebody who is its own ancestor.
"""

from collections.abc import Collection, Iterable, Sequence
from xml.sax.saxutils import escape

from cowboy.characters.record import Character, CharacterStatus

_BOX_WIDTH, _BOX_HEIGHT, _GAP, _MARGIN = 230, 62, 36, 12
_COLOURS = {CharacterStatus.LIVING: "#f3e3c3", CharacterStatus.DEAD: "#d9d4cc", CharacterStatus.RETIRED: "#dfe7ea"}


def lines(characters: Iterable[Character]) -> list[list[Character]]:
    """All families, each from its first member to its last, the oldest family first."""
    known = {one.name.lower(): one for one in sorted(characters, key=lambda one: (one.created_at, one.name))}
    heirs: dict[str, Character] = {}
    for name, one in known.items():
        predecessor = known.get((one.inherited_from or "").lower())
        if predecessor is not None and (_names(predecessor, name) or predecessor.name.lower() not in heirs):
            heirs[predecessor.name.lower()] = one
    later = {one.name.lower() for one in heirs.values()}
    found = [list(_line(one, heirs)) for name, one in known.items() if name not in later]
    told = {one.name for line in found for one in line}
    return [*found, *([one] for one in known.values() if one.name not in told)]


def line_of(name: str, characters: Iterable[Character]) -> list[Character]:
    """The family of a character, from its first member to its last; empty if nobody knows the name."""
    return next((line for line in lines(characters) if any(one.name.lower() == name.lower() for one in line)), [])


def _names(predecessor: Character, heir: str) -> bool:
    return (predecessor.inherited_to or "").lower() == heir


def _line(first: Character, heirs: dict[str, Character]) -> Iterable[Character]:
    member: Character | None = first
    while member is not None:
        yield member
        member = heirs.get(member.name.lower())


def as_text(families: Collection[Sequence[Character]]) -> str:
    """A paragraph for each family, in which each heir stands below its predecessor."""
    return "\n\n".join("\n".join(_text_lines(family)) for family in families)


def _text_lines(family: Sequence[Character]) -> Iterable[str]:
    if family[0].inherited_from:
        yield f"(heir of {family[0].inherited_from}{_dates(family[0])})"
    for depth, one in enumerate(family):
        branch = f"{'   ' * (depth - 1)}└─ " if depth else ""
        yield f"{branch}{_title(one)}: {_fate(one)}; {_deeds(one)}"


def _dates(heir: Character) -> str:
    """When the predecessor lived whose record was removed."""
    born, died = heir.predecessor_created_at, heir.predecessor_died_at
    return f", {born:%Y-%m-%d} to {died:%Y-%m-%d}" if born and died else ""


def as_svg(families: Collection[Sequence[Character]]) -> str:
    """A row for each family, from left to right."""
    longest = max(map(len, families), default=0)
    width = 2 * _MARGIN + max(1, longest) * (_BOX_WIDTH + _GAP) - _GAP
    height = 2 * _MARGIN + max(1, len(families)) * (_BOX_HEIGHT + _GAP) - _GAP
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">']
    for row, family in enumerate(families):
        for column, one in enumerate(family):
            left = _MARGIN + column * (_BOX_WIDTH + _GAP)
            top = _MARGIN + row * (_BOX_HEIGHT + _GAP)
            parts += _box(one, left, top)
            if column:
                middle = top + _BOX_HEIGHT // 2
                parts.append(f'<path d="M{left - _GAP} {middle}H{left}" stroke="#6b4f2a" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>"])


def _box(one: Character, left: int, top: int) -> list[str]:
    texts = ((_title(one), 20, "bold"), (_fate(one), 38, "normal"), (_deeds(one), 54, "normal"))
    place = f'x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}"'
    return [
        f'<rect {place} rx="8" fill="{_COLOURS[one.status]}" stroke="#6b4f2a"/>',
        *(
            f'<text x="{left + 8}" y="{top + below}" font-weight="{weight}">{escape(text)}</text>'
            for text, below, weight in texts
        ),
    ]


def _title(one: Character) -> str:
    return f"{one.name} on {one.horse_name}" if one.horse_name else one.name


def _fate(one: Character) -> str:
    if one.status == CharacterStatus.DEAD:
        return f"died {one.died_at:%Y-%m-%d %H:%M}" if one.died_at else "dead"
    if one.status == CharacterStatus.RETIRED:
        return "retired"
    return "plays" if one.held_until else "living"


def _deeds(one: Character) -> str:
    return f"games {one.games_played}, wins {one.wins}, kills {one.kills}"
