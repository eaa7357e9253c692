"""A brain's notes: what it wants to remember of a game, in its own words, for one bot.

They are kept with the bot (`cowboy.state.players`) and come back as `Situation.notes` in its next turn, on any worker.
Another player may have talked the model into them, so they are shown to models as data, like speech.
"""

from cowboy.brains.llm.quoting import cleaned

NOTES_LIMIT = 500
"""The most characters of a note."""


def kept_notes(notes: object) -> str | None:
    """The part of a brain's notes that is kept: one short line of visible characters.

    None keeps the old notes, and "" deletes them.
    """
    return cleaned(notes, NOTES_LIMIT) if isinstance(notes, str) else None
