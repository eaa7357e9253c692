"""The checker: judges games that are over by what their topics show, while others are still being played."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from cowboy.chaos.evidence import Evidence
from cowboy.chaos.nemesis import Happened
from cowboy.chaos.recorder import Recorder, reread
from cowboy.chaos.talk_verdict import judge_talk
from cowboy.chaos.verdict import Judged, Violation, Wrong, judge
from cowboy.clients.game_manager import GameManager
from cowboy.errors import BusError, GameManagerError
from cowboy.game.words import GameStatus
from cowboy.settings import Settings


class Checker:
    """Runs in a thread of its own, on one batch of games at a time."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self._settings = settings
        self._recorder = recorder
        self._game_manager = GameManager(settings)
        self._thread = ThreadPoolExecutor(1, "checker")
        self._sitting: Future[list[Judged]] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it can take games: it judges none now, and no verdict waits to be fetched."""
        return self._sitting is None

    def try_games(self, games: Sequence[Evidence], happened: Sequence[Happened]) -> None:
        """Begin to judge a batch of games. More faults may be added to `happened` meanwhile."""
        self._sitting = self._thread.submit(self._try, games, happened)

    def verdicts(self) -> list[Judged]:
        """The verdicts of the last batch, once; none while the checker is at work."""
        if self._sitting is None or not self._sitting.done():
            return []
        verdicts, self._sitting = self._sitting.result(), None
        return verdicts

    def close(self) -> None:
        """Finish the batch."""
        self._thread.shutdown()
        self._game_manager.close()

    def _try(self, games: Sequence[Evidence], happened: Sequence[Happened]) -> list[Judged]:
        again = self._reread([game.game_id for game in games if game.broker_lives == 1])
        return [self._try_game(game, again.get(game.game_id), happened) for game in games]

    def _try_game(self, live: Evidence, again: Evidence | None, happened: Sequence[Happened]) -> Judged:
        lost_end = live.broker_lives > 1 and self._ended(live.game_id)
        judged = judge(live if again is None else again, happened, finished=lost_end)
        judged.read_again = again is not None
        talk = judge_talk(live)
        judged.remarks = talk.remarks
        judged.violations += talk.violations
        if again is not None and (difference := live.differs_from(again)) is not None:
            judged.violations.append(Violation(Wrong.CHANGED_TOPIC, live.game_id, 0, difference))
        return judged

    def _reread(self, game_ids: Sequence[str]) -> dict[str, Evidence]:
        """If the broker is away, or loses everything meanwhile, only what was copied live is left."""
        lives = self._recorder.broker_lives
        try:
            again = reread(self._settings, game_ids) if game_ids else {}
        except BusError:
            return {}
        return again if lives == self._recorder.broker_lives else {}

    def _ended(self, game_id: str) -> bool:
        """Whether the game's backend says that it is over, for a game whose last event was lost with its broker."""
        with suppress(GameManagerError):
            game = self._game_manager.get(game_id)
            return game is not None and game.status == GameStatus.FINISHED
        return False
