"""LLM profiles: which model a seat asks, where, with which key (docs/brains.md#models).

Only the *name* of a profile travels through tasks, Redis and logs; each process that asks a model reads the keys
itself, from the file that BOT_MANAGER_LLM_CONFIG_PATH names. Nothing is asked here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from cowboy.errors import NotFound
from cowboy.game.words import PlayerName
from cowboy.models.endpoint import CertificatesFile, FilePath, Key, KeyFile, Proxy, split_endpoint
from cowboy.models.quota import Terms
from cowboy.settings import Settings
from cowboy.settings.environment import name_of
from cowboy.settings.yaml_file import Section, YamlFile

DEFAULT = "default"
HTTPS_ONLY_HOSTS = frozenset({"api.openai.com"})
"""Allowed without anybody having listed them, so never unencrypted. Fixed here, because a process of `cowboy up` gets
every setting handed down and cannot see whether the list is the operator's own."""

OutputMode = Literal["command_text", "json", "json_schema", "tool", "text"]
"""How a model is to answer. `command_text` and `json` are the existing system's, the others ours."""
WishedMode = Literal[OutputMode, "auto"]
"""The mode that is found out by asking the model."""


def _seat_profile(seat: PlayerName) -> str:
    """Name of the profile that a seat has to itself, because it overrides something."""
    return f"seat-{seat.lower()}"


_SEATS = {_seat_profile(seat): seat for seat in PlayerName}
_RESERVED = frozenset({DEFAULT, *_SEATS})


UNNAMED = "ITS_VARIABLE"
"""Stands where a secret is that no variable holds."""


def _named(secret: SecretStr | None) -> str | None:
    """A secret as a file should have it: by the name of a variable that holds it, or by one that is to be set."""
    return None if secret is None else f"${{{name_of(secret.get_secret_value()) or UNNAMED}}}"


_Rate = Annotated[float, Field(gt=0, le=1_000_000)]
_Count = Annotated[int, Field(ge=1, le=2**53)]
_Price = Annotated[float, Field(ge=0, le=1_000_000)]

BURST_SECONDS = 10
"""Without `burst`, as many requests may go at once as come free in this time."""


class _Fields(Section):
    base_url: str | None = None
    model: str | None = None
    api_key: Key | None = None
    output_mode: WishedMode | None = None
    system_role: bool | None = None
    proxy: Proxy | None = None
    ca_file: CertificatesFile | None = None
    notes: bool | None = None
    requests_per_minute: _Rate | None = None
    burst: _Count | None = None
    budget_tokens_per_bot: _Count | None = None
    budget_tokens_per_game: _Count | None = None
    budget_tokens_per_day: _Count | None = None
    price_in: _Price | None = None
    price_out: _Price | None = None


_PATH_OF_A_QUESTION = "/chat/completions"
"""What clients put behind a base_url, and people copy with it."""


class Profile(_Fields):
    """How to reach one model. The `llm` brain chooses what is None. `api_key` may have come from `api_key_file`."""

    name: str
    api_key_file: FilePath | None = None

    def as_file(self, output_mode: OutputMode, system_role: bool) -> dict[str, Any]:
        """The part of a file that says how to reach it, and to ask it so. No secret is in it: variables are named."""
        fields = {name: getattr(self, name) for name in _Fields.model_fields} | {
            "output_mode": output_mode,
            "system_role": None if system_role else False,
            "api_key": None if self.api_key_file else _named(self.api_key),
            "api_key_file": self.api_key_file and str(self.api_key_file),
            "proxy": _named(self.proxy),
            "ca_file": self.ca_file and str(self.ca_file),
        }
        given = {name: value for name, value in fields.items() if value is not None}
        if self.name == DEFAULT:
            return {DEFAULT: given}
        seat = _SEATS.get(self.name)
        return {"players": {str(seat): given}} if seat else {"profiles": {self.name: given}}

    @property
    def terms(self) -> Terms:
        """What it allows and costs."""
        rate = self.requests_per_minute
        return Terms(
            requests_per_minute=rate,
            burst=self.burst or max(1, int((rate or 0) * BURST_SECONDS / 60)),
            tokens_per_bot=self.budget_tokens_per_bot,
            tokens_per_game=self.budget_tokens_per_game,
            tokens_per_day=self.budget_tokens_per_day,
            price_in=self.price_in or 0.0,
            price_out=self.price_out or 0.0,
        )


class Profiles(Section):
    """The effective profiles by name, and which one each seat has."""

    profiles: Mapping[str, Profile] = {}
    seats: Mapping[PlayerName, str] = {}

    def names(self) -> tuple[str, ...]:
        """All, sorted."""
        return tuple(sorted(self.profiles))

    def get(self, name: str) -> Profile:
        """Raises `NotFound`."""
        try:
            return self.profiles[name]
        except KeyError:
            known = ", ".join(self.names()) or "none; BOT_MANAGER_LLM_CONFIG_PATH names their file"
            raise NotFound(f"there is no LLM profile {name!r}; there are: {known}") from None

    def for_seat(self, seat: PlayerName) -> str | None:
        """Name of the seat's profile, or None where nothing is configured for it."""
        return self.seats.get(seat)


def load_profiles(settings: Settings) -> Profiles:
    """The profiles of the file that is set, or none. Raises `BadSetting`."""
    file = YamlFile.named_by(settings, "llm_config_path")
    return Profiles() if file is None else file.load(_File, expand=True, context=settings).effective()


class _Entry(_Fields):
    """A profile as the file has it. Its validation context is the `Settings`."""

    api_key_file: KeyFile | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.api_key and self.api_key_file:
            raise ValueError("has both api_key and api_key_file; keep one")
        return self

    def given(self) -> dict[str, Any]:
        """The fields that it has a value for, as a profile has them."""
        given = {name: getattr(self, name) for name in self.model_fields_set & _Entry.model_fields.keys()}
        if file := given.get("api_key_file"):
            given |= {"api_key": file.key, "api_key_file": file.path}
        elif "api_key" in given:
            given["api_key_file"] = None  # not that of the profile below
        return given

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, base_url: str, info: ValidationInfo[Settings]) -> str:
        if base_url.rstrip("/").endswith(_PATH_OF_A_QUESTION):
            base_url = base_url.rstrip("/").removesuffix(_PATH_OF_A_QUESTION)
        url = split_endpoint(base_url)
        if url.hostname not in info.context.llm_hosts:
            now = info.context.llm_allowed_hosts
            raise ValueError(f"host {url.hostname} is not allowed; add it to COWBOY_LLM_ALLOWED_HOSTS, now {now}")
        if url.scheme == "http" and url.hostname in HTTPS_ONLY_HOSTS:
            raise ValueError(f"must be https: the key would go to {url.hostname} for all to read")
        return base_url


class _SeatEntry(_Entry):
    """What a seat has for itself, over a base: the profile named, or else the default."""

    profile: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"profile": value} if isinstance(value, str) else value


def _not_reserved(name: str) -> str:
    if name in _RESERVED:
        raise ValueError("is a name that we give; choose another")
    return name


_ProfileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$"), AfterValidator(_not_reserved)]


class _File(Section):
    default: _Entry | None = None
    profiles: Mapping[_ProfileName, _Entry] = {}
    players: Mapping[PlayerName, _SeatEntry] = {}

    @field_validator("players", mode="before")
    @classmethod
    def _seats_in_any_case(cls, players: Any) -> Any:
        if not isinstance(players, dict):
            return players
        seats = {str(seat).upper(): entry for seat, entry in players.items()}
        if len(seats) < len(players):
            raise ValueError("a seat is there twice, in small and in capital letters; keep one")
        return seats

    @model_validator(mode="after")
    def _profiles_exist(self) -> Self:
        named = self._named()
        for seat, entry in self.players.items():
            if entry.profile and entry.profile not in named:
                raise ValueError(f"players.{seat}.profile: no such profile; there are: {', '.join(named) or 'none'}")
        return self

    def _named(self) -> dict[str, _Entry]:
        return {**({DEFAULT: self.default} if self.default else {}), **self.profiles}

    def effective(self) -> Profiles:
        """What holds in the end: field by field the seat's, else its base's, else absent."""
        named = self._named()
        profiles = {name: Profile(name=name, **entry.given()) for name, entry in named.items()}
        seats = {}
        for seat in PlayerName:
            entry = self.players.get(seat, _SeatEntry())
            base = entry.profile or DEFAULT
            if given := entry.given():
                seats[seat] = _seat_profile(seat)
                below = named[base].given() if base in named else {}
                profiles[seats[seat]] = Profile(name=seats[seat], **below | given)
            elif base in profiles:
                seats[seat] = base
        return Profiles(profiles=profiles, seats=seats)
