"""An agent that decides one turn: one question, one answer, no tools but the answer's own form.

The only module that knows deepagents and LangChain. Importing it takes a second and 100 MB, so only a process that has
bots with the `llm` brain does.
"""

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import openai
from deepagents import GeneralPurposeSubagentProfile, HarnessProfile, create_deep_agent, register_harness_profile
from httpx2 import Client
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.structured_output import ProviderStrategy, StructuredOutputError, ToolStrategy
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import LLMResult
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from cowboy.asking import Usage
from cowboy.brains.llm.answer import Command, NotedCommand
from cowboy.brains.llm.transport import TooLarge, Transport, time_limit
from cowboy.endpoint import split_endpoint
from cowboy.errors import BadSetting, ProviderError, ProviderTimeout
from cowboy.profiles import HTTPS_ONLY_HOSTS, OutputMode, Profile

DEFAULT_BASE_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4o-mini"
"""The existing system's defaults (spec/bot-services.md §13)."""

DEFAULT_MODE: OutputMode = "command_text"

NO_KEY = "none"
"""Sent where a profile has no key: servers on one's own machine want none, the client wants one, and a key that the
environment happens to hold is not ours to use."""

_NOTHING: Mapping[str, object] = {}

RUN_NAME = "cowboy turn"
"""Of a trace."""

MAX_STEPS = 10
"""Of the agent's graph. One answer takes two; the framework's own bound is 9,999."""

_SENT_AS_IS = ("messages", "tools", "tool_choice", "response_format")

_BUILT_IN_TOOLS = frozenset(
    {"ls", "read_file", "write_file", "edit_file", "delete", "glob", "grep", "execute", "task", "write_todos"}
)

# Process-wide and for every model asked through ChatOpenAI. It spares tokens and detours; that the model can do no harm
# does not rest on it: the agent has no backend but its own memory, and its answer is only ever read as a command.
register_harness_profile(
    "openai",
    HarnessProfile(
        excluded_tools=_BUILT_IN_TOOLS,
        # They mend or shorten conversations, and ours are of one question. What can be left out costs no time.
        excluded_middleware=frozenset(
            {
                "AnthropicPromptCachingMiddleware",
                "PatchToolCallsMiddleware",
                "SummarizationMiddleware",
                "UnsupportedContentMiddleware",
            }
        ),
        general_purpose_subagent=GeneralPurposeSubagentProfile(enabled=False),
    ),
)


class Reply(NamedTuple):
    """What came back: a command by the schema, or else a text that may hold one.

    `usage` is what it cost, if the provider says so. `flaw` is why nothing is to be read out of it.
    """

    command: Command | None
    text: str
    usage: Usage | None = None
    flaw: str | None = None


class Heard(BaseCallbackHandler):
    """The last answer of a model, raw, whatever becomes of it; kept for the turn's transcript."""

    def __init__(self) -> None:
        self.answer: str | None = None
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        messages = [getattr(generation, "message", None) for batch in response.generations for generation in batch]
        if messages and isinstance(message := messages[0], AIMessage):
            self.answer = _raw(message)
            if usage := message.usage_metadata:
                self.tokens_in, self.tokens_out = usage["input_tokens"], usage["output_tokens"]


class Agent:
    """Asks the model of one profile in one mode. Thread-safe; building it takes some 30 ms. Raises `BadSetting`."""

    def __init__(self, profile: Profile, mode: OutputMode, system_prompt: str, transport: Transport) -> None:
        self.mode = mode
        self.system_prompt = system_prompt
        self.takes_notes = profile.notes is not False
        self.model = model_of(profile)
        self._key = profile.api_key.get_secret_value() if profile.api_key else ""
        self._graph: Any = create_deep_agent(
            model=_model(profile, transport),
            system_prompt=system_prompt,
            response_format=_response_format(self.mode, NotedCommand if self.takes_notes else Command),
            middleware=[_OneAnswer()],
        )

    def ask(self, prompt: str, seconds: float, heard: Heard, about: Mapping[str, object] = _NOTHING) -> Reply:
        """One question, answered within `seconds`. Raises `ProviderError` (`ProviderTimeout`).

        What the model said is put to `heard` in either case; `about` goes with the trace, if there is one.
        """
        config = {"recursion_limit": MAX_STEPS, "callbacks": [heard], "metadata": about, "run_name": RUN_NAME}
        # No message of an error is passed on: it may quote what was sent, or the key.
        try:
            with time_limit(seconds):
                answer = self._graph.invoke({"messages": [HumanMessage(prompt)]}, config=config)
        except StructuredOutputError as error:
            return _reply(None, error.ai_message)
        except _ToolCalled:
            return Reply(None, "", flaw="no tool is to be called but the one for the answer")
        except openai.APITimeoutError:
            raise ProviderTimeout(f"no answer within {seconds:.1f} s") from None
        except openai.APIStatusError as error:
            code, wait = error.status_code, _seconds_of(error.response.headers.get("retry-after", ""))
            raise ProviderError(f"it answered {code}", passing=code >= 500 and not wait, wait_seconds=wait) from None
        except openai.APIConnectionError as error:
            cause = error.__cause__
            raise ProviderError(
                f"the connection failed: {type(cause).__name__}", passing=not isinstance(cause, TooLarge)
            ) from None
        except Exception as error:  # noqa: BLE001  # three libraries read an answer that may be anything
            raise ProviderError(f"its answer is unreadable: {type(error).__name__}") from None
        return _reply(answer.get("structured_response"), _last_answer(answer))

    def without_key(self, text: str | None) -> str | None:
        """A text that a provider sent, which may be our own request."""
        return text.replace(self._key, "[key]") if text and self._key else text


class _ToolCalled(Exception):
    """The model called a tool that there is not."""


class _OneAnswer(AgentMiddleware):
    """A model is asked once. It would be asked again if it called a tool, and there is none to call."""

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        if any(isinstance(message, AIMessage) for message in request.messages):
            raise _ToolCalled
        return handler(request)


class _Model(ChatOpenAI):
    """A chat model whose requests go out as they are.

    The client checks each part of a request against its types, over and over, and takes longer for it than for all the
    rest; what is in `extra_body` it only sends. And an empty list of tools is left out, which some servers refuse
    (langchain#37184).
    """

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload = super()._get_request_payload(*args, **kwargs)
        body = {name: payload.pop(name) for name in _SENT_AS_IS if payload.get(name)}
        payload.pop("tools", None)
        return {**payload, "messages": [], "extra_body": body}


def _model(profile: Profile, transport: Transport) -> ChatOpenAI:
    base_url = profile.base_url or DEFAULT_BASE_URL
    if profile.api_key is None and split_endpoint(base_url).hostname in HTTPS_ONLY_HOSTS:
        raise BadSetting(f"LLM profile {profile.name!r}: {base_url} asks for a key; give it an api_key")
    return _Model(
        base_url=base_url,
        model=model_of(profile),
        api_key=profile.api_key or SecretStr(NO_KEY),
        use_responses_api=False,  # it would store conversations at the provider
        max_retries=0,  # whether there is time for another try is the guard's to say
        http_client=Client(transport=transport, trust_env=False),
    )


def provider_of(profile: Profile) -> str:
    """Names where a profile's model is asked and with which key, for all to know, without telling either."""
    key = profile.api_key.get_secret_value() if profile.api_key else ""
    return sha256(f"{profile.base_url or DEFAULT_BASE_URL}\n{key}".encode()).hexdigest()[:16]


def _seconds_of(retry_after: str) -> float | None:
    """What the header asks for, if it does so in seconds; dates are left out, clocks differ."""
    return float(retry_after) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", retry_after) else None


def model_of(profile: Profile) -> str:
    """A model's plain name. A prefix says by which protocol to ask; ours is OpenAI's. Raises `BadSetting`."""
    name = profile.model or DEFAULT_MODEL
    if name.startswith("anthropic:"):
        raise BadSetting(
            f"LLM profile {profile.name!r}: model {name!r} is not asked over Anthropic's own protocol; "
            "name an OpenAI-compatible base_url and the model without the prefix"
        )
    return name.removeprefix("openai:")


def _response_format(mode: OutputMode, form: type[Command]) -> Any:
    match mode:
        case "json_schema" | "json":
            return ProviderStrategy(form, strict=True)
        case "tool":
            return ToolStrategy(form, handle_errors=False)
    return None


def _raw(message: AIMessage) -> str:
    """All that a model said: text, a refusal, calls of tools."""
    calls = [
        {"name": call["name"], "args": call["args"]} for call in (*message.tool_calls, *message.invalid_tool_calls)
    ]
    parts = (str(message.text), message.additional_kwargs.get("refusal"), *(json.dumps(call) for call in calls))
    return "\n".join(str(part) for part in parts if part)


def _last_answer(answer: Mapping[str, Any]) -> AIMessage:
    return next(message for message in reversed(answer["messages"]) if isinstance(message, AIMessage))


def _reply(command: Command | None, message: AIMessage) -> Reply:
    counted = message.usage_metadata
    usage = Usage(counted["input_tokens"], counted["output_tokens"]) if counted else None
    flaw = None
    if command is None and message.response_metadata.get("finish_reason") == "length":
        flaw = "the answer was too long and was cut off; give the command and nothing else"
    return Reply(command, str(message.text), usage, flaw)
