"""Finding out which ways a model can be asked: by asking it a short question in each output mode."""

import time
from typing import NamedTuple

from cowboy.brains.llm.agent import Agent, Way
from cowboy.brains.llm.answer import Form, read_answer
from cowboy.brains.llm.transport import Heard, Transport
from cowboy.errors import ModelError, ProviderError, ProviderTimeout
from cowboy.game.rules import Action
from cowboy.game.words import CommandType, Direction
from cowboy.models.profiles import OutputMode, Profile

MODES: tuple[OutputMode, ...] = ("json_schema", "tool", "text")
"""The modes, best first: the more of the form a provider enforces, the better."""

SECONDS = 15.0
"""Time limit for one answer."""

_SYSTEM = "You play a game. You are told which command to give, and give it."
# The question does not name the form of the answer: a server that ignores the requested form is found out so.
_QUESTION = "It is your turn. The only legal command is: shield left"
_OPTIONS = (Action(CommandType.SHIELD, Direction.LEFT),)


_PASSING = frozenset({401, 403, 408, 429, 502, 503, 504})
"""Statuses that tell nothing about the server's abilities."""


class Finding(NamedTuple):
    """How a model answered when it was asked one way. `flaw` is why that is of no use; None if it is.

    `certain` is whether it would be so again: a provider that was just too slow may not be next time. `refused` is
    whether the server would not even ask the model.
    """

    way: Way
    milliseconds: float
    flaw: str | None = None
    certain: bool = True
    refused: bool = False


def probe(profile: Profile, transport: Transport, seconds: float = SECONDS) -> list[Finding]:
    """One finding for each mode, best first. Raises `BadSetting`.

    Asks three to six times, `seconds` each at most: where the server refuses, it is asked again without a message of
    the role system, unless the profile says whether it takes those.
    """
    roles = (True, False) if profile.system_role is None else (profile.system_role,)
    findings = []
    for mode in MODES:
        tried = []
        for role in roles:
            tried.append(_try(Agent(profile, Way(mode, role), _SYSTEM, transport), Way(mode, role), seconds))
            if not tried[-1].refused:
                break
        finding = next((one for one in tried if not one.refused), tried[0])
        if not finding.refused:
            roles = (finding.way.system_role,)
        findings.append(finding)
    return findings


def best_of(findings: list[Finding]) -> Finding | None:
    """That of the best mode in which the model answers, if there is one."""
    return next((finding for finding in findings if finding.flaw is None), None)


def _try(agent: Agent, way: Way, seconds: float) -> Finding:
    began = time.monotonic()
    flaw, certain, refused = None, True, False
    try:
        answer = read_answer(agent.ask(_QUESTION, seconds, Heard()), _OPTIONS)
        if way.mode != "text" and answer.form is Form.LINE:
            flaw = "it did not answer in the form asked for"
    except ProviderError as error:
        flaw = error.account
        certain = not isinstance(error, ProviderTimeout) and error.wait_seconds is None
        # A template that knows no role system is a 400 to one server and a 500 to the next.
        refused = error.code is not None and error.code not in _PASSING
    except ModelError as error:
        flaw = str(error)
    return Finding(way, (time.monotonic() - began) * 1000, flaw, certain, refused)
