"""Every error of ours. The branches follow who has to act.

    CowboyError
    ├── CallerError          the caller sent something wrong: becomes a 4xx or a usage message
    │   ├── BadRequest       400
    │   ├── Conflict         409
    │   ├── NotFound         404
    │   ├── TooMany          429, says in how many seconds it may be tried again
    │   ├── Refused          another service of ours refused it: its status, its words
    │   ├── Unteachable      422, a brain cannot play by the lesson it is given
    │   └── BadMessage       an unreadable Kafka message: goes to the dead-letter list
    ├── OperatorError        the installation is wrong: the process refuses to start, or a check fails
    │   ├── BadSetting       a setting cannot be used; names it
    │   ├── BadPlugin        an installed package brings a brain that cannot be had; names both
    │   ├── PortTaken        names the port and the setting that moves it
    │   ├── ServerMissing    a server to be started here is not installed
    │   └── PackageMissing   a package of an extra is not installed; names the extra
    ├── Unsendable           a command that no bot may send was about to leave: a mistake of ours, or a damaged Redis
    └── WorldError           something outside failed; trying again later is reasonable: becomes a 502 or a retry
        ├── BusError         the Kafka broker
        ├── StateError       Redis
        │   └── StateRefused 503, it answers, but does not do it for now; names the remedy
        ├── GameManagerError the game backend's HTTP side
        │   └── UnplayableGame a game is there, but on a board that the rules do not know
        ├── BotManagerError  the bot manager's HTTP side
        ├── BudgetSpent      what asking models may cost has been spent
        ├── ModelError       a model answered, but not with a command: tell it, ask it again
        └── ProviderError    the server of a model
            └── ProviderTimeout

A message names the thing, the value and the remedy. A refusal by the rules of the game is not an error but a value
(`cowboy.game.rules.Refusal`).
"""


class CowboyError(Exception):
    """Root of all errors that this project raises on purpose."""


class CallerError(CowboyError):
    """The caller sent something wrong."""

    status = 400
    wait_seconds: int | None = None
    """After how many seconds it may be asked for again, where that is all that is wrong."""


class BadRequest(CallerError):
    """The request is readable but cannot be carried out."""


class NotFound(CallerError):
    """The thing asked for does not exist (any more)."""

    status = 404


class Conflict(CallerError):
    """The request does not fit the present state."""

    status = 409


class TooMany(CallerError):
    """The caller has asked for too much of it lately; it may ask again in `wait_seconds`."""

    status = 429

    def __init__(self, message: str, wait_seconds: int) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Refused(CallerError):
    """Another service of ours refused what the caller sent. It goes on with that one's status and words."""

    def __init__(self, message: str, status: int, wait_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.wait_seconds = wait_seconds


class Unteachable(CallerError):
    """A lesson is readable, but the brain that is taught cannot play by it."""

    status = 422


class BadMessage(CallerError):
    """A Kafka message that is not what the topic carries.

    `value` keeps the bytes as they came, so that the dead-letter list can show them.
    """

    def __init__(self, message: str, value: bytes) -> None:
        super().__init__(message)
        self.value = value


class OperatorError(CowboyError):
    """The installation or its configuration is wrong; a person has to mend it."""


class BadSetting(OperatorError):
    """A setting cannot be used."""


class BadPlugin(OperatorError):
    """Another package brings a brain in a way that cannot be used."""


class PortTaken(OperatorError):
    """Another process listens where one of ours should."""


class ServerMissing(OperatorError):
    """Nothing found that could be started as Redis, as the broker, or as the local model's server."""


class PackageMissing(OperatorError):
    """A package that an extra brings is not installed here."""


class Unsendable(CowboyError):
    """A command that no bot may send. The message says why, and quotes nothing of what a bot wanted to say."""


class WorldError(CowboyError):
    """Something outside this process failed."""

    status = 502


class BusError(WorldError):
    """The broker did not answer, or did not take a message, in time."""


class StateError(WorldError):
    """Redis did not answer in time, or refused."""


class StateRefused(StateError):
    """Redis answers, and cannot do what it is asked for now: it is full, cannot save, or is not the one to ask."""

    status = 503


class GameManagerError(WorldError):
    """The game backend's manager could not be asked, or answered nonsense."""


class UnplayableGame(GameManagerError):
    """A game is there, but on a board that the rules do not know: a backend may take any map."""


class BotManagerError(WorldError):
    """The bot manager could not be asked, or refused: then `answered` is the status it gave, `words` are its own."""

    def __init__(
        self, message: str, answered: int | None = None, words: str = "", wait_seconds: int | None = None
    ) -> None:
        super().__init__(message)
        self.answered = answered
        self.words = words
        self.wait_seconds = wait_seconds


class BudgetSpent(WorldError):
    """A model is not to be asked: what it may cost has been spent."""


class ModelError(WorldError):
    """A model's answer is no command. The message tells the model what is wrong, and never quotes it."""


class ProviderError(WorldError):
    """The server of a model could not be reached, refused, or answered nonsense.

    `passing` is whether asking again at once may well help, `wait_seconds` the patience that was asked for, if any.
    `code` is the status of a refusal, and `words` are a few of those it was given in, its key cut out. The message
    itself holds nothing that was sent or received.
    """

    def __init__(
        self,
        message: str,
        *,
        passing: bool = False,
        wait_seconds: float | None = None,
        words: str = "",
        code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.passing = passing
        self.wait_seconds = wait_seconds
        self.words = words
        self.code = code

    @property
    def account(self) -> str:
        """The message with the words, for people; never for a model, whose players they may quote."""
        return f"{self}: {self.words}" if self.words else str(self)


class ProviderTimeout(ProviderError):
    """A model did not answer in the time there was."""
