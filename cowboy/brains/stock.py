"""Remarks in stock: what a bot without a model says when it has the word, if anything fits what just happened."""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from random import Random
from typing import Any

from cowboy.brains.occasion import Occasion

LOOKS_BACK = 6
"""Events that are still news."""

SAME_THING_SHARE = 0.6
"""How often a bot that could say something does."""

BANTER_SHARE = 0.15
"""How often it answers another bot: bots that answer each other's answers would talk without end."""

GREETINGS = (
    "Evening, all. Who left the gate open?",
    "I came for the view. The view shoots back, I hear.",
    "No hard feelings today, whoever falls first.",
    "This floor is swept too clean for a duel.",
    "Let us make it quick, my coffee is getting cold.",
)
GOT_HIT = (
    "That one stung, {who}.",
    "Was that you, {who}? I had just ironed this shirt.",
    "Fair shot, {who}. I keep a list.",
    "{who} aims better than {who} looks.",
)
DID_HIT = (
    "Mind the corners, {who}.",
    "Nothing personal, {who}.",
    "You stood so nicely in line, {who}.",
    "I was aiming for your hat, {who}.",
)
SOMEONE_FELL = (
    "One chair fewer at the table.",
    "Hats off for {who}.",
    "It gets quiet around here.",
    "{who} still owed me a drink.",
)
LOW = (
    "I have seen better afternoons.",
    "Do not count me out before I do.",
    "One good wall, that is all I ask for.",
)
TO_A_PERSON = (
    "Big words, {who}. Keep your shield up.",
    "I hear you, {who}.",
    "Say that again when the dust has settled, {who}.",
    "That is what they all say, {who}.",
)
TO_A_BOT = (
    "Talk less, {who}, aim more.",
    "So you say, {who}.",
    "I would not bet on it, {who}.",
)
LOW_HP = 3

_SHARES = {TO_A_PERSON: 1.0, TO_A_BOT: BANTER_SHARE}
"""Of what is said more or less often than other things."""


def stock_remark(occasion: Occasion) -> str | None:
    """A line that fits, and that nobody has said lately; None if there is nothing to say. The same for the same
    occasion.
    """
    chance = Random(occasion.seed)  # noqa: S311  # a game, not a secret
    said = {heard.text for heard in occasion.heard}
    for lines, who in _subjects(occasion):
        fresh = [text for line in lines if (text := line.format(who=who)) not in said]
        if fresh and chance.random() < _SHARES.get(lines, SAME_THING_SHARE):
            return chance.choice(fresh)
    return None


def _subjects(occasion: Occasion) -> Iterator[tuple[tuple[str, ...], str]]:
    """What there is to talk about, and of whom; the first thing first."""
    last = occasion.heard[-1] if occasion.heard else None
    if last is not None and last.human:
        yield TO_A_PERSON, last.name
    yield from _events(occasion)
    if not any(heard.own for heard in occasion.heard):
        yield GREETINGS, ""
    if last is not None and not last.own and not last.human:
        yield TO_A_BOT, last.name


def _events(occasion: Occasion) -> Iterator[tuple[tuple[str, ...], str]]:
    me = occasion.player_name
    events = [event for text in occasion.recent[-LOOKS_BACK - 1 :] if (event := _read(text)) is not None]
    for before, after in reversed(list(pairwise(events))):
        shooter = after.get("player")
        for name, hp in after["hp"].items():
            lost = before["hp"].get(name, hp) - hp
            if lost <= 0 or name == shooter:
                continue
            if hp <= 0 and name != me:
                yield SOMEONE_FELL, name
            elif name == me and isinstance(shooter, str):
                yield GOT_HIT, shooter
            elif shooter == me:
                yield DID_HIT, name
    if events and 0 < events[-1]["hp"].get(me, LOW_HP + 1) <= LOW_HP:
        yield LOW, ""


def _read(text: str) -> Mapping[str, Any] | None:
    try:
        event = json.loads(text)
    except ValueError:
        return None
    hp = event.get("hp") if isinstance(event, dict) else None
    return event if isinstance(hp, dict) and all(isinstance(value, int) for value in hp.values()) else None
