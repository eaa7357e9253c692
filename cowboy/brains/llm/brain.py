"""The `llm` brain: shows a model the turn and the commands there are, and reads which one it chose."""

import os
import threading
import time

from cowboy.brains.brain import Brain, Decision, Situation
from cowboy.brains.llm.agent import Agent, Reply
from cowboy.brains.llm.answer import read_answer
from cowboy.brains.llm.briefing import options_of
from cowboy.brains.llm.prompt import BUILT_IN, user_prompt
from cowboy.brains.llm.transport import Transport
from cowboy.brains.registry import LLM
from cowboy.brains.rests import Rests
from cowboy.errors import ProviderError, Unteachable
from cowboy.game.wire.lesson import Lesson
from cowboy.profiles import DEFAULT, load_profiles
from cowboy.prompts import load_prompts
from cowboy.settings import Settings
from cowboy.tracing import load_tracing


class LlmBrain(Brain):
    """Asks the model of the seat's profile, in at most the time it is given. Raises `BadSetting` when built.

    What it is told about the turn is computed anew each time; there is no conversation and no memory.
    """

    name = LLM
    wants_recent = True
    takes_feedback = True

    def __init__(self, settings: Settings) -> None:
        self._profiles = load_profiles(settings)
        self._prompts = load_prompts(settings) or BUILT_IN
        self._transport = Transport(settings.worker_threads)
        self._agents: dict[str, Agent] = {}
        self._building = threading.Lock()
        # Always, so that a variable which some shell has set cannot send prompts to LangSmith.
        os.environ.update(load_tracing(settings).environment())

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
        prompt = user_prompt(self._prompts, situation, options, agent.mode)
        left = situation.seconds_left - (time.monotonic() - began)
        reply = self._ask(agent, prompt, left, situation.rests)
        action = reply.command.to_action() if reply.command else read_answer(reply.text, options)
        return Decision(action, {**reply.figures, "prompt_characters": float(len(prompt))})

    def _ask(self, agent: Agent, prompt: str, seconds: float, rests: Rests) -> Reply:
        if (rest := rests.seconds(agent.provider)) > 0:
            raise ProviderError(f"it is left alone for another {rest:.1f} s, because it failed")
        try:
            reply = agent.ask(prompt, seconds)
        except ProviderError as error:
            rests.failed(agent.provider, error.wait_seconds)
            raise
        rests.answered(agent.provider)
        return reply

    def close(self) -> None:
        """Close the connections to providers. A worker never needs it: they end with the process."""
        self._transport.close()

    def _agent(self, name: str) -> Agent:
        with self._building:
            if name not in self._agents:
                self._agents[name] = Agent(self._profiles.get(name), self._prompts.system, self._transport)
            return self._agents[name]
