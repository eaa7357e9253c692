"""The games of a tournament in a file, a JSON line each, so that one that was interrupted goes on where it was."""

import json
from pathlib import Path
from typing import Any

from cowboy.errors import BadRequest
from cowboy.match.tournament import Pairing, Played


class Ledger:
    """What was played so far. Without a path it is kept in memory alone."""

    def __init__(self, path: Path | None = None) -> None:
        """Raises `BadRequest` if the file is none of a tournament. Its last line may be cut off: it is played again."""
        self._path = path
        self._played: dict[Pairing, Played] = {}
        if path is not None and path.exists():
            self._read(path)

    def of(self, pairing: Pairing) -> Played | None:
        """What became of a game, or None if it was not played."""
        return self._played.get(pairing)

    def add(self, pairing: Pairing, played: Played) -> None:
        """Keep a game that has ended."""
        self._played[pairing] = played
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**pairing._asdict(), **played._asdict()}) + "\n")

    def _read(self, path: Path) -> None:
        whole, _, cut_off = path.read_text(encoding="utf-8").rpartition("\n")
        lines = whole.splitlines()
        for number, line in enumerate(lines, 1):
            try:
                self._read_game(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise _no_game(path, number) from error
        if cut_off and not cut_off.startswith(_BEGINNING):
            raise _no_game(path, len(lines) + 1)
        if cut_off:
            path.write_text(f"{whole}\n" if whole else "", encoding="utf-8")

    def _read_game(self, fields: dict[str, Any]) -> None:
        pairing = Pairing(*(fields[name] for name in Pairing._fields))
        played = Played(*(fields[name] for name in Played._fields))
        key = pairing._replace(brains=tuple(pairing.brains))
        self._played[key] = played._replace(move_ms=tuple(played.move_ms))


_BEGINNING = '{"brains": ['


def _no_game(path: Path, line: int) -> BadRequest:
    return BadRequest(f"line {line} of {path} is no game of `cowboy strength`; name another file")
