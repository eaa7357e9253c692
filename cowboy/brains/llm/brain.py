"""The `llm` brain: shows a model the turn and the commands there are, and reads which one it chose."""

import os
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

import structlog

from cowboy.brains.brain import Brain, Context, Decision, Occasion, Situation
from cowboy.brains.exchange import Exchange
from cowboy.brains.llm import LLM
from cowboy.brains.llm.agent import DEFAULT_MODE, SHELL, Agent, Way, provider_of, secrets_of
from cowboy.brains.llm.answer import read_answer
from cowboy.brains.llm.briefing import options_of
from cowboy.brains.llm.completion import Said
from cowboy.brains.llm.langsmith_internals import begin_traces
from cowboy.brains.llm.modes import Modes
from cowboy.brains.llm.prompt import BUILT_IN, private_texts, user_prompt, version_of
from cowboy.brains.llm.remark import REMARK_SYSTEM, read_remark, remark_prompt
from cowboy.brains.llm.transport import Heard, Transport
from cowboy.brains.notes import kept_notes
from cowboy.brains.providers import Providers
from cowboy.brains.speech import Secrets
from cowboy.errors import BudgetSpent, CowboyError, ProviderError, ProviderTimeout, Unteachable
from cowboy.game.wire.lesson import Lesson
from cowboy.models.profiles import DEFAULT, Profile, load_profiles
from cowboy.models.prompts import load_prompts
from cowboy.models.quota import Asking, Usage, Verdict
from cowboy.models.tracing import load_tracing
from cowboy.settings import Settings
from cowboy.settings.environment import withhold
from cowboy.talk.words import URGENCY

log = structlog.get_logger(__name__)

WAITING_SHARE = 0.5
"""The part of a turn's time that may pass while a request waits for the provider's rate limit."""


class Question(NamedTuple):
    """A prompt, answered within `seconds`, which include the wait for the rate limit; `about` goes with a trace."""

    prompt: str
    seconds: float
    about: Mapping[str, object]


class LlmBrain(Brain):
    """Asks the model of the seat's profile, in at most the time it is given. Raises `BadSetting` when built.

    Each turn is one question, without a conversation. It remembers only its own note.
    """

    name = LLM
    wants_recent = True
    wants_notes = True
    wants_experience = True
    takes_feedback = True

    def __init__(self, settings: Settings) -> None:
        self._profiles = load_profiles(settings)
        self._prompts = load_prompts(settings) or BUILT_IN
        self.wants_rules = self._prompts.wants_rules
        self._prompts_version = version_of(self._prompts)
        self._transport = Transport(settings.worker_threads)
        self._modes = Modes(self._transport)
        self._agents: dict[tuple[str, Way, str, bool], Agent] = {}
        self._building = threading.Lock()
        tracing = load_tracing(settings)
        # No variable of a shell may send prompts to LangSmith.
        withhold(SHELL)
        os.environ.update(tracing.environment())
        if tracing.enabled:
            begin_traces(tracing.proxy.get_secret_value() if tracing.proxy else None, tracing.ca_file)

    def learn(self, lesson: Lesson) -> None:
        """Refused as well where no model is configured at all."""
        super().learn(lesson)
        if not self._profiles.names():
            raise Unteachable(
                f"brain {self.name!r} has no model to ask; name a file of LLM profiles in BOT_MANAGER_LLM_CONFIG_PATH"
            )

    def prepare(self, profile: str | None, context: Context) -> None:
        """Build the agent, and begin to find out how the model answers, if that is open."""
        try:
            self._agent(self._profiles.get(profile or DEFAULT), context.providers)
        except CowboyError as error:  # each turn will say so again
            log.warning("model_not_prepared", profile=profile, reason=str(error))

    def decide(self, situation: Situation, context: Context) -> Decision:
        """Raises `BudgetSpent`, `ProviderError` and `ModelError` besides what is wrong with the profile."""
        began = time.monotonic()
        profile = self._profiles.get(situation.profile or DEFAULT)
        agent = self._agent(profile, context.providers, tells_urgency=situation.tells_urgency)
        options = options_of(situation.table.to_board())
        prompt = user_prompt(self._prompts, situation, options, agent.mode, agent.takes_notes)
        asking = Asking(provider_of(profile), profile.name, situation.table.game_id, situation.bot_id, profile.terms)
        left = situation.seconds_left - (time.monotonic() - began)
        said, usage = self._ask(agent, Question(prompt, left, _about(situation)), asking, context)
        answer = read_answer(said, options)
        figures = {**usage._asdict(), "cost_micros": usage.cost_micros(asking.terms), "prompt_characters": len(prompt)}
        if situation.tells_urgency and answer.urgency is not None:
            figures[URGENCY] = answer.urgency
        note = kept_notes(answer.note) if agent.takes_notes else None
        return Decision(answer.action, {name: float(figure) for name, figure in figures.items()}, note)

    def remark(self, occasion: Occasion, context: Context) -> str | None:
        """One question to the seat's model, with a prompt of its own. Raises as `decide` does."""
        profile = self._profiles.get(occasion.profile or DEFAULT)
        way = Way(DEFAULT_MODE, profile.system_role is not False)
        agent = self._agent_of(profile, way, REMARK_SYSTEM)
        game_id = occasion.table.game_id
        asking = Asking(provider_of(profile), profile.name, game_id, occasion.bot_id, profile.terms)
        about = {"game_id": game_id, "player_id": occasion.player_id, "bot_id": occasion.bot_id}
        said, _ = self._ask(agent, Question(remark_prompt(occasion), occasion.seconds_left, about), asking, context)
        return read_remark(said.text)

    def remark_secrets(self, occasion: Occasion, context: Context) -> Secrets:
        """The prompt's own words, and the key."""
        del context
        return Secrets((REMARK_SYSTEM,), secrets_of(self._profiles.get(occasion.profile or DEFAULT)))

    def secrets(self, situation: Situation, context: Context) -> Secrets:
        """The prompts, and the key with which the model is asked, or its proxy."""
        profile = self._profiles.get(situation.profile or DEFAULT)
        options = options_of(situation.table.to_board())
        mode = self._agent(profile, context.providers).mode
        texts = private_texts(self._prompts, situation, options, mode)
        return Secrets(tuple(texts), secrets_of(profile))

    def _ask(self, agent: Agent, question: Question, asking: Asking, context: Context) -> tuple[Said, Usage]:
        """Ask the model, and record the answer and its cost."""
        providers, (prompt, seconds, about) = context.providers, question
        wait = _leave(asking, seconds * WAITING_SHARE, providers)
        if wait > 0:
            time.sleep(wait)
        whole, heard, began = agent.system_prompt + prompt, Heard(), time.monotonic()
        try:
            said = agent.ask(prompt, seconds - wait, heard, about)
        except ProviderError as error:
            providers.failed(asking.provider, error.wait_seconds)
            if isinstance(error, ProviderTimeout):
                providers.spent(asking, Usage.estimated(whole, ""))  # it has worked on it all the same
            raise
        finally:
            context.report(self._exchange(agent, heard, (time.monotonic() - began) * 1000))
        usage = said.usage or Usage.estimated(whole, said.whole)
        providers.answered(asking, usage)
        return said, usage

    def _exchange(self, agent: Agent, heard: Heard, ms: float) -> Exchange:
        usage = heard.said and heard.said.usage
        return Exchange(
            model=agent.model,
            mode=agent.mode,
            prompts=self._prompts_version,
            ms=ms,
            answer=heard.answer,
            tokens_in=usage and usage.tokens_in,
            tokens_out=usage and usage.tokens_out,
        )

    def close(self) -> None:
        """Close the connections to providers. A worker never needs it: they end with the process."""
        self._transport.close()

    def _agent(self, profile: Profile, providers: Providers, *, tells_urgency: bool = False) -> Agent:
        wanted = profile.output_mode or DEFAULT_MODE
        way = self._modes.of(profile, providers) if wanted == "auto" else Way(wanted, profile.system_role is not False)
        return self._agent_of(profile, way, self._prompts.system, tells_urgency=tells_urgency)

    def _agent_of(self, profile: Profile, way: Way, system_prompt: str, *, tells_urgency: bool = False) -> Agent:
        wanted = (profile.name, way, system_prompt, tells_urgency)
        with self._building:
            if wanted not in self._agents:
                self._agents[wanted] = Agent(profile, way, system_prompt, self._transport, tells_urgency=tells_urgency)
            return self._agents[wanted]


def _about(situation: Situation) -> dict[str, object]:
    """The metadata of a trace, by which it can be found."""
    table = situation.table
    return {
        "game_id": table.game_id,
        "turn_no": table.turn_no,
        "player_id": table.current_player_id,
        "bot_id": situation.bot_id,
    }


def _leave(asking: Asking, most_seconds: float, providers: Providers) -> float:
    """How long to wait before asking. Raises `ProviderError` or `BudgetSpent` if the model must not be asked."""
    verdict, seconds, of = providers.admit(asking, most_seconds)
    match verdict:
        case Verdict.RESTING:
            raise ProviderError(f"it is left alone for another {seconds:.1f} s, because it failed")
        case Verdict.BUSY:
            raise ProviderError(
                f"no request is free for another {seconds:.1f} s, and the turn can wait for {most_seconds:.1f} s; "
                f"requests_per_minute is {asking.terms.requests_per_minute:g}"
            )
        case Verdict.SPENT:
            raise BudgetSpent(f"the budget of LLM profile {asking.profile!r} for the {of} is spent")
    return seconds
