"""How a group of settings is read: from its own variables only, and secrets also from files."""

from typing import Any

from pydantic import field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from cowboy.settings.secret import Flaw, SecretFiles


class Group(BaseSettings):
    """Base of all groups of settings. Frozen."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        # Code may name a field; the environment may not: without a prefix that no variable can have, `home` would be
        # read from HOME.
        populate_by_name=True,
        env_prefix="=by field name=",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given in code, then files of secrets, then the environment."""
        return init_settings, SecretFiles(settings_cls), env_settings

    @field_validator("*", mode="before")
    @classmethod
    def _report_flaw(cls, value: Any) -> Any:
        if isinstance(value, Flaw):
            raise ValueError(value.text)  # noqa: TRY004  # pydantic reports only this kind
        return value
