"""Finding out in which output modes a model answers: by asking it a short question in each."""

import time
from typing import NamedTuple

from cowboy.brains.llm.agent import Agent, Heard
from cowboy.brains.llm.answer import read_answer
from cowboy.brains.llm.transport import Transport
from cowboy.errors import ModelError, ProviderError, ProviderTimeout
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from cowboy.profiles import OutputMode, Profile

MODES: tuple[OutputMode, ...] = ("json_schema", "tool", "text")
"""The more of the form the provider sees to, the better."""

SECONDS = 15.0
"""For one answer."""

_SYSTEM = "You play a game. You are told which command to give, and give it."
# Of the form of the answer nothing is said: whoever ignores that it was asked for shows it.
_QUESTION = "It is your turn. The only legal command is: shield left"
_OPTIONS = (Action(CommandType.SHIELD, Direction.LEFT),)


class Finding(NamedTuple):
    """How a model answered in one mode. `flaw` is why that is of no use; None if it is.

    `certain` is whether it would be so again: a provider that was just too slow may not be next time.
    """

    mode: OutputMode
    milliseconds: float
    flaw: str | None = None
    certain: bool = True


def probe(profile: Profile, transport: Transport, seconds: float = SECONDS) -> list[Finding]:
    """One finding for each mode, best first. Asks three times, `seconds` each at most. Raises `BadSetting`."""
    return [_try(Agent(profile, mode, _SYSTEM, transport), seconds) for mode in MODES]


def best_of(findings: list[Finding]) -> OutputMode | None:
    """The best mode in which the model answers, if there is one."""
    return next((finding.mode for finding in findings if finding.flaw is None), None)


def _try(agent: Agent, seconds: float) -> Finding:
    began = time.monotonic()
    flaw, certain = None, True
    try:
        reply = agent.ask(_QUESTION, seconds, Heard())
        if agent.mode == "text":
            read_answer(reply.text, _OPTIONS)
        elif reply.command is None:
            flaw = reply.flaw or "it did not answer in the form asked for"
    except ProviderError as error:
        flaw = str(error)
        certain = not isinstance(error, ProviderTimeout) and error.wait_seconds is None
    except ModelError as error:
        flaw = str(error)
    return Finding(agent.mode, (time.monotonic() - began) * 1000, flaw, certain)
