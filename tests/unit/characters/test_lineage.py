"""Lineage: each family is one line, in text and in a picture that a browser can read."""

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from cowboy.characters.lineage import as_svg, as_text, line_of, lines
from cowboy.characters.record import Character, CharacterStatus


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


DEAD = CharacterStatus.DEAD
IDA = Character(name="Ida", status=DEAD, created_at=moment(1), died_at=moment(2), inherited_to="Kit", kills=3)
KIT = Character(name="Kit", horse_name="Red Flint", created_at=moment(2), inherited_from="Ida")
JOSS = Character(name="Joss", created_at=moment(0), inherited_from="Gone")


def test_a_family_goes_from_its_first_member_to_its_last() -> None:
    assert lines([KIT, JOSS, IDA]) == [[JOSS], [IDA, KIT]]
    assert line_of("kit", [KIT, JOSS, IDA]) == [IDA, KIT]
    assert line_of("nobody", [KIT]) == []


def test_the_text_tells_fate_and_deeds() -> None:
    assert as_text(lines([KIT, JOSS, IDA])).splitlines() == [
        "(heir of Gone)",
        "Joss: living; games 0, wins 0, kills 0",
        "",
        "Ida: died 1970-01-01 00:00; games 0, wins 0, kills 3",
        "└─ Kit on Red Flint: living; games 0, wins 0, kills 0",
    ]


def test_the_picture_is_svg_with_a_box_for_each() -> None:
    picture = Xml.fromstring(as_svg(lines([KIT, JOSS, IDA])))  # noqa: S314  # our own
    names = [node.text for node in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Ida", "Joss", "Kit on Red Flint"} <= set(names)
    assert as_svg([]).startswith("<svg")


def test_whatever_was_imported_each_stands_in_one_family() -> None:
    def one(name: str, seconds: int, **changes: object) -> Character:
        return Character(name=name, created_at=moment(seconds)).model_copy(update=changes)

    ida = one("Ida", 1, inherited_to="Kit")
    heirs = [one("Joss", 2, inherited_from="Ida"), one("Kit", 3, inherited_from="Ida")]
    circle = [one("Lee", 4, inherited_from="Moe"), one("Moe", 5, inherited_from="Lee")]
    families = lines([*circle, *heirs, ida, one("Ned", 6, inherited_from="Ned")])
    assert [[one.name for one in family] for family in families] == [
        ["Ida", "Kit"], ["Joss"], ["Lee"], ["Moe"], ["Ned"],
    ]  # fmt: skip
