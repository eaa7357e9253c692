"""The `llm` brain: shows a model the turn and the commands there are, and reads which one it chose."""

import functools
import os
import threading
import time

from cowboy.brains.brain import Brain, Decision, Situation
from cowboy.brains.exchange import Exchange
from cowboy.brains.llm.agent import Agent, Heard, Reply
from cowboy.brains.llm.answer import NotedCommand, read_answer, read_note
from cowboy.brains.llm.briefing import options_of
from cowboy.brains.llm.calls import Calls
from cowboy.brains.llm.prompt import BUILT_IN, private_texts, user_prompt, version_of
from cowboy.brains.llm.traces import begin_traces
from cowboy.brains.llm.transport import Transport
from cowboy.brains.notes import kept_notes
from cowboy.brains.registry import LLM
from cowboy.brains.speech import Secrets
from cowboy.errors import ProviderError, Unteachable
from cowboy.game.wire.lesson import Lesson
from cowboy.profiles import DEFAULT, load_profiles
from cowboy.prompts import load_prompts
from cowboy.settings import Settings
from cowboy.tracing import load_tracing


class LlmBrain(Brain):
    """Asks the model of the seat's profile, in at most the time it is given. Raises `BadSetting` when built.

    What it is told about the turn is computed anew each time; there is no conversation. All it remembers is a note of
    its own.
    """

    name = LLM
    wants_recent = True
    wants_notes = True
    takes_feedback = True

    def __init__(self, settings: Settings) -> None:
        self._profiles = load_profiles(settings)
        self._prompts = load_prompts(settings) or BUILT_IN
        self.wants_rules = self._prompts.wants_rules
        self._prompts_version = version_of(self._prompts)
        self._calls = Calls(settings.worker_threads)
        self._transport = Transport(settings.worker_threads)
        self._agents: dict[str, Agent] = {}
        self._building = threading.Lock()
        # Always, so that a variable which some shell has set cannot send prompts to LangSmith.
        tracing = load_tracing(settings)
        os.environ.update(tracing.environment())
        if tracing.enabled:
            begin_traces()

    def learn(self, lesson: Lesson) -> None:
        """Refused as well where no model is configured at all."""
        super().learn(lesson)
        if not self._profiles.names():
            raise Unteachable(
                f"brain {self.name!r} has no model to ask; name a file of LLM profiles in BOT_MANAGER_LLM_CONFIG_PATH"
            )

    def decide(self, situation: Situation) -> Decision:
        """Raises `ProviderError` and `ModelError` besides what is wrong with the profile."""
        began = time.monotonic()
        agent = self._agent(situation.profile or DEFAULT)
        options = options_of(situation.table.to_board())
        prompt = user_prompt(self._prompts, situation, options, agent.mode, agent.takes_notes)
        left = situation.seconds_left - (time.monotonic() - began)
        reply = self._ask(agent, prompt, left, situation)
        action = reply.command.to_action() if reply.command else read_answer(reply.text, options)
        note = _note_of(reply) if agent.takes_notes else None
        return Decision(action, {**reply.figures, "prompt_characters": float(len(prompt))}, note)

    def secrets(self, situation: Situation) -> Secrets:
        """The prompts, and the key with which the model is asked."""
        name = situation.profile or DEFAULT
        options = options_of(situation.table.to_board())
        texts = private_texts(self._prompts, situation, options, self._agent(name).mode)
        key = self._profiles.get(name).api_key
        return Secrets(tuple(texts), (key.get_secret_value(),) if key else ())

    def _ask(self, agent: Agent, prompt: str, seconds: float, situation: Situation) -> Reply:
        rests = situation.rests
        if (rest := rests.seconds(agent.provider)) > 0:
            raise ProviderError(f"it is left alone for another {rest:.1f} s, because it failed")
        heard = Heard()
        began = time.monotonic()
        try:
            ask = functools.partial(agent.ask, prompt, seconds, heard, _about(situation))
            reply: Reply = self._calls.run(ask, seconds)
        except ProviderError as error:
            rests.failed(agent.provider, error.wait_seconds)
            raise
        finally:
            situation.report(self._exchange(agent, heard, (time.monotonic() - began) * 1000))
        rests.answered(agent.provider)
        return reply

    def _exchange(self, agent: Agent, heard: Heard, ms: float) -> Exchange:
        return Exchange(
            model=agent.model,
            mode=agent.mode,
            prompts=self._prompts_version,
            ms=ms,
            answer=agent.without_key(heard.answer),
            tokens_in=heard.tokens_in,
            tokens_out=heard.tokens_out,
        )

    def close(self) -> None:
        """Close the connections to providers. A worker never needs it: they end with the process."""
        self._transport.close()

    def _agent(self, name: str) -> Agent:
        with self._building:
            if name not in self._agents:
                self._agents[name] = Agent(self._profiles.get(name), self._prompts.system, self._transport)
            return self._agents[name]


def _note_of(reply: Reply) -> str | None:
    if reply.command is None:
        return kept_notes(read_note(reply.text))
    return kept_notes(reply.command.note) if isinstance(reply.command, NotedCommand) else None


def _about(situation: Situation) -> dict[str, object]:
    """What a trace is found by."""
    table = situation.table
    return {
        "game_id": table.game_id,
        "turn_no": table.turn_no,
        "player_id": table.current_player_id,
        "bot_id": situation.bot_id,
    }
