"""An agent that decides one turn: one question, one answer, no tools but the answer's own form.

Only this module and `langchain_internals` know deepagents and LangChain. Importing it takes a second and 100 MB, so
only a process that has bots with the `llm` brain does.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple, Self, get_args
from urllib.parse import unquote, urlsplit

from cowboy.settings.environment import withhold

SHELL = ("OPENAI_", "AZURE_OPENAI_", "LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "DEEPAGENTS_", "LC_OUTPUT_", "SSLKEYLOG")
"""Prefixes of the environment variables that the libraries below read, some of them at their import."""

withhold(SHELL)

import openai
from deepagents import GeneralPurposeSubagentProfile, HarnessProfile, create_deep_agent, register_harness_profile
from httpx2 import Client, HTTPError
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import SecretStr

from cowboy.brains.llm.answer import Command, form_of
from cowboy.brains.llm.completion import EXCERPT_CHARACTERS, Said, excerpt
from cowboy.brains.llm.langchain_internals import NO_CLIENT, PlainChat
from cowboy.brains.llm.quoting import cleaned
from cowboy.brains.llm.transport import Heard, Route, TooLarge, Transport, Unpackable, time_limit
from cowboy.errors import BadSetting, ProviderError, ProviderTimeout
from cowboy.models.endpoint import split_endpoint
from cowboy.models.profiles import HTTPS_ONLY_HOSTS, OutputMode, Profile
from cowboy.settings.redaction import Redaction

DEFAULT_BASE_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4o-mini"
"""The existing system's defaults, for a profile that names neither."""

_WITHOUT_SYSTEM = "/user"

DEFAULT_MODE: OutputMode = "command_text"

NO_KEY = "none"
"""Sent where a profile has no key: servers on one's own machine want none, the client wants one, and a key that the
environment happens to hold is not ours to use."""

SERVER_ERROR = 500
"""From here on a status says that the server failed, rather than our request."""

_NOTHING: Mapping[str, object] = {}

RUN_NAME = "cowboy turn"
"""The name of each trace."""

MAX_STEPS = 10
"""The most steps of the agent's graph. One answer takes two; the framework's own bound is 9,999."""

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


class Way(NamedTuple):
    """How a model is asked: for which form of an answer, and whether its server takes messages of the role system."""

    mode: OutputMode
    system_role: bool = True

    def __str__(self) -> str:
        return self.mode if self.system_role else f"{self.mode}{_WITHOUT_SYSTEM}"

    @classmethod
    def parsed(cls, text: str) -> Self | None:
        """The way of that name; None if there is none, as another version may have written it."""
        mode = text.removesuffix(_WITHOUT_SYSTEM)
        return cls(mode, mode == text) if mode in get_args(OutputMode) else None  # type: ignore[arg-type]


class Agent:
    """Asks the model of one profile in one mode. Thread-safe; building it takes some 30 ms. Raises `BadSetting`."""

    def __init__(
        self, profile: Profile, way: Way, system_prompt: str, transport: Transport, *, tells_urgency: bool = False
    ) -> None:
        self.mode = way.mode
        self.system_prompt = system_prompt
        self.takes_notes = profile.notes is not False
        self.model = model_of(profile)
        self._graph: Any = create_deep_agent(
            model=_model(profile, way, transport),
            system_prompt=system_prompt,
            response_format=_response_format(
                self.mode, form_of(takes_notes=self.takes_notes, tells_urgency=tells_urgency)
            ),
            middleware=[_OneAnswer()],
        )

    def ask(self, prompt: str, seconds: float, heard: Heard, about: Mapping[str, object] = _NOTHING) -> Said:
        """One question, answered within `seconds`. Raises `ProviderError` (`ProviderTimeout`).

        What came back is put to `heard` in either case; `about` goes with the trace, if there is one. What the
        framework makes of an answer is for its traces: it refuses much that can be read.
        """
        config = {"recursion_limit": MAX_STEPS, "metadata": about, "run_name": RUN_NAME}
        cause: Exception | None = None
        try:
            with time_limit(seconds, heard):
                self._graph.invoke({"messages": [HumanMessage(prompt)]}, config=config)
        except Exception as error:  # noqa: BLE001  # three libraries read an answer that may be anything
            cause = error
        if heard.said is not None:
            return heard.said
        raise self._failure(cause, heard, seconds) from None

    def _failure(self, cause: Exception | None, heard: Heard, seconds: float) -> ProviderError:
        """Why there is no answer. No message of an error is passed on: it may quote what was sent, or the key."""
        if isinstance(cause, openai.APITimeoutError):
            return ProviderTimeout(f"no answer within {seconds:.1f} s")
        if heard.status is None or heard.body is None:
            root = _root_of(cause)
            if isinstance(root, TooLarge | Unpackable):
                return ProviderError(str(root))
            return ProviderError(f"the connection failed: {type(root).__name__}", passing=True)
        words = (
            cleaned(f"it redirects to {heard.location}", EXCERPT_CHARACTERS) if heard.location else excerpt(heard.body)
        )
        if heard.flaw is not None:
            code = heard.flaw.code
            return ProviderError(str(heard.flaw), passing=(code or 0) >= SERVER_ERROR, words=words, code=code)
        wait = _seconds_of(heard.retry_after)
        return ProviderError(
            f"it answered {heard.status}",
            passing=heard.status >= SERVER_ERROR and not wait,
            wait_seconds=wait,
            words=words,
            code=heard.status,
        )


def _root_of(error: BaseException | None) -> BaseException | None:
    """What an error came from, through all libraries; a failure of the system, such as one of TLS, tells the most."""
    while error is not None:
        below = error.__cause__ or (error.__context__ if isinstance(error.__context__, OSError | HTTPError) else None)
        if below is None:
            break
        error = below
    return error


class _ToolCalled(Exception):
    """The model called a tool that does not exist."""


class _OneAnswer(AgentMiddleware):
    """A model is asked once. It would be asked again if it called a tool, and there is none to call."""

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        if any(isinstance(message, AIMessage) for message in request.messages):
            raise _ToolCalled
        return handler(request)


def _model(profile: Profile, way: Way, transport: Transport) -> PlainChat:
    base_url = profile.base_url or DEFAULT_BASE_URL
    if profile.api_key is None and split_endpoint(base_url).hostname in HTTPS_ONLY_HOSTS:
        raise BadSetting(f"LLM profile {profile.name!r}: {base_url} asks for a key; give it an api_key")
    proxy = profile.proxy.get_secret_value() if profile.proxy else None
    redaction = Redaction.of_login(*_login_of(profile), *secrets_of(profile))
    return PlainChat(
        base_url=base_url,
        model=model_of(profile),
        api_key=profile.api_key or SecretStr(NO_KEY),
        system_role=way.system_role,
        use_responses_api=False,  # it would store conversations at the provider
        max_retries=0,  # the guard decides whether there is time for another try
        http_client=Client(transport=transport.along(Route(proxy, profile.ca_file), redaction), trust_env=False),
        async_client=NO_CLIENT,
        http_socket_options=(),  # the transport is ours: it would warn that a proxy of the shell's is not used
    )


def secrets_of(profile: Profile) -> tuple[str, ...]:
    """The secrets that no text may hold: the key, and the password of the proxy."""
    key = profile.api_key.get_secret_value() if profile.api_key else ""
    return tuple(filter(None, (key, _login_of(profile)[1])))


def _login_of(profile: Profile) -> tuple[str, str]:
    """User and password at the proxy; empty where there is none."""
    url = urlsplit(profile.proxy.get_secret_value() if profile.proxy else "")
    return unquote(url.username or ""), unquote(url.password or "")


def provider_of(profile: Profile) -> str:
    """A digest of address and key of a profile's provider, which can be shown to everybody."""
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
