"""Secrets: what one must look like, and how it comes from a file instead of the environment.

Each setting of the type `Secret`, or whose text may hold one (`holds_secret`), can be given as `<NAME>` or as
`<NAME>_FILE`, the path of a file that holds it. No message quotes a value.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BeforeValidator, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from cowboy.settings.files import expanded

MAX_BYTES = 65_536
HOLDS_SECRET: dict[str, Any] = {"x-holds-secret": True}
"""`json_schema_extra` of a field that is no `Secret`, but may have one within."""


def secret_of(text: str) -> SecretStr:
    """A text without the line breaks at its end. Raises `ValueError`."""
    text = text.rstrip("\r\n")
    if not re.fullmatch("[!-~]+", text):
        raise ValueError("must be of printable ASCII characters without spaces; look for a stray line break")
    return SecretStr(text)


def _check_secret(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return secret_of(text) if isinstance(text, str) else value


Secret = Annotated[SecretStr, BeforeValidator(_check_secret)]
"""A password, token or key. Line breaks at its end, which `echo` leaves there, are stripped."""


class Flaw(NamedTuple):
    """Why there is no value. It stands in the value's place, so that the field's validation reports it by name."""

    text: str


class SecretFiles(PydanticBaseSettingsSource):
    """The values that `<NAME>_FILE` variables point to. Goes before the environment, to notice a secret given twice."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """One field's value, if its file is named; part of the base class's contract."""
        variable = str(field.validation_alias)
        path = os.environ.get(file_variable(variable), "")
        if not path:
            return None, variable, False
        return _read(variable, path), variable, False

    def __call__(self) -> dict[str, Any]:
        values = (self.get_field_value(field, name) for name, field in secret_fields(self.settings_cls))
        return {variable: value for value, variable, _ in values if value is not None}


def file_variable(variable: str) -> str:
    """The variable that names the file with the value of another."""
    return f"{variable}_FILE"


def secret_fields(settings: type[BaseSettings]) -> Iterator[tuple[str, FieldInfo]]:
    """The settings that can come from a file."""
    for name, field in settings.model_fields.items():
        if _is_secret(field):
            yield name, field


def _is_secret(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return SecretStr in _types(field.annotation) or (isinstance(extra, dict) and bool(extra.get("x-holds-secret")))


def _types(annotation: Any) -> Iterator[Any]:
    """An annotation and all that it is put together from: `Secret | None` has `SecretStr` two levels down."""
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _read(variable: str, named: str) -> str | Flaw:
    by = file_variable(variable)
    if os.environ.get(variable):
        return Flaw(f"is set, and {by} as well; keep one")
    try:
        path = expanded(Path(named)).absolute()
    except ValueError as error:
        return Flaw(f"{by} names {error}")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Flaw(f"{by} names {path}, which cannot be read: {error.strerror}")
    if len(content) > MAX_BYTES:
        return Flaw(f"{by} names {path}, which is larger than {MAX_BYTES // 1024} kB: that is no secret")
    try:
        text = content.decode("ascii").rstrip("\r\n")
    except UnicodeDecodeError:
        return Flaw(f"{by} names {path}, which has characters that are not ASCII")
    return text or Flaw(f"{by} names {path}, which is empty")
