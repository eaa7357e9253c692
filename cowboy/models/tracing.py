"""What is traced to LangSmith, as environment variables for it (docs/brains.md#tracing).

The file is BOT_AGENT_LANGSMITH_CONFIG_PATH's. Nothing is traced, or imported, here.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, field_validator

from cowboy.models.endpoint import CertificatesFile, Key, Proxy, split_endpoint
from cowboy.settings import LOOPBACK_HOSTS, Settings
from cowboy.settings.yaml_file import Section, YamlFile

_VARIABLES = {
    "api_key": "LANGSMITH_API_KEY",
    "endpoint": "LANGSMITH_ENDPOINT",
    "project": "LANGSMITH_PROJECT",
    "workspace_id": "LANGSMITH_WORKSPACE_ID",
    "sampling_rate": "LANGSMITH_TRACING_SAMPLING_RATE",
    "hide_inputs": "LANGSMITH_HIDE_INPUTS",
    "hide_outputs": "LANGSMITH_HIDE_OUTPUTS",
}
"""Field → its environment variable. `enabled` has two, one for each generation of the client."""

_SWITCHES = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2")

_VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Tracing(Section):
    """Where traces go and what is in them. Prompts and answers are hidden unless the file says otherwise."""

    enabled: bool = True
    api_key: Key | None = None
    endpoint: str | None = None
    project: str | None = None
    workspace_id: str | None = None
    proxy: Proxy | None = None
    ca_file: CertificatesFile | None = None
    extra_env: Mapping[_VariableName, SecretStr] = {}
    sampling_rate: float = Field(1.0, ge=0, le=1)
    hide_inputs: bool = True
    hide_outputs: bool = True

    @field_validator("endpoint")
    @classmethod
    def _check_endpoint(cls, endpoint: str) -> str:
        url = split_endpoint(endpoint)
        if url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
            raise ValueError("must be https: key and traces would be for all to read")
        return endpoint

    @field_validator("extra_env")
    @classmethod
    def _check_extra_env(cls, extra_env: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        if ours := sorted(extra_env.keys() & {*_VARIABLES.values(), *_SWITCHES}):
            raise ValueError(f"{', '.join(ours)}: use the file's own key for it")
        return extra_env

    def environment(self) -> dict[str, str]:
        """The variables to set, the key among them in clear. If nothing is traced, only those that switch it off."""
        switches = dict.fromkeys(_SWITCHES, _text(self.enabled))
        if not self.enabled:
            return switches
        values = {variable: _text(getattr(self, field)) for field, variable in _VARIABLES.items()}
        extra = {variable: _text(value) for variable, value in self.extra_env.items()}
        return switches | {variable: text for variable, text in (values | extra).items() if text}


def load_tracing(settings: Settings) -> Tracing:
    """What the file that is set says; without one nothing is traced. Raises `BadSetting`."""
    file = YamlFile.named_by(settings, "langsmith_config_path")
    return Tracing(enabled=False) if file is None else file.load(Tracing, expand=True)


def _text(value: object) -> str:
    """A value as environment variables have it; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case SecretStr():
            return value.get_secret_value().strip()
    return str(value)
