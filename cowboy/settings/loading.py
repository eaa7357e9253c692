"""Reading the settings of a process, and which variable is behind which of them."""

import functools

from pydantic import ValidationError

from cowboy.errors import BadSetting
from cowboy.errors.validation import Fault, faults
from cowboy.settings.schema import Settings
from cowboy.settings.secret import file_variable, secret_fields


def load_settings() -> Settings:
    """Settings from the environment. Raises `BadSetting`, which names each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSetting("\n".join(_explain(fault) for fault in faults(error))) from None


@functools.cache
def settings() -> Settings:
    """The settings of this process, read at the first call."""
    return load_settings()


def environment_name(field: str) -> str:
    """The environment variable behind a field of `Settings`."""
    return str(Settings.model_fields[field].validation_alias)


@functools.cache
def environment_names() -> frozenset[str]:
    """All variables that are read, those that name a secret's file among them."""
    files = (file_variable(environment_name(name)) for name, _ in secret_fields(Settings))
    return frozenset([*map(environment_name, Settings.model_fields), *files])


def _explain(fault: Fault) -> str:
    if not fault.place:
        return fault.text
    name = str(fault.place[0])
    variable = environment_name(name) if name in Settings.model_fields else name
    return f"{variable}: {fault.text}"
