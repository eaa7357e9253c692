"""The provider that models are measured with: its process, its profiles, and what it says that it saw."""

import sys
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import yaml
from pydantic import BaseModel, ConfigDict

from cowboy.bench import model_server
from cowboy.local.ports import free_binds
from cowboy.local.probes import http_answers
from cowboy.local.service import Service
from cowboy.settings import Bind, Settings

MODES = ("text", "json_schema", "tool")


class Seen(BaseModel):
    """What the server has seen: questions and their bytes so far, how many wait now, and the most that ever did."""

    model_config = ConfigDict(frozen=True)

    requests: int
    bytes: int
    held: int
    most_held: int


class ModelServer:
    """A server that takes `delay` seconds for each answer, on a free port. `service` is its process."""

    def __init__(self, delay: float) -> None:
        (bind,) = free_binds(1)
        self._bind: Bind = bind
        self.service = Service(
            name="model",
            command=(sys.executable, "-m", model_server.__name__, str(bind), str(delay)),
            ready=partial(http_answers, bind, "/"),
        )

    @property
    def base_url(self) -> str:
        return f"http://{self._bind}/v1"

    def seen(self) -> Seen:
        with urlopen(f"http://{self._bind}/", timeout=10) as answer:  # our own
            return Seen.model_validate_json(answer.read())

    def asked_by(self, settings: Settings) -> Settings:
        """`settings` whose LLM profiles, one for each output mode, ask this server."""
        file = Path(settings.home) / "bench-llm.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        profiles = {
            profile_of(mode): {"base_url": self.base_url, "model": "bench", "output_mode": mode} for mode in MODES
        }
        file.write_text(yaml.safe_dump({"profiles": profiles}), encoding="utf-8")
        return settings.model_copy(update={"llm_config_path": file, "llm_allowed_hosts": "127.0.0.1"})


def profile_of(mode: str) -> str:
    """Name of the profile that asks in this mode."""
    return f"bench-{mode.replace('_', '-')}"
