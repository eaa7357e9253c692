"""Tracing: off unless a file says otherwise, hiding what is said, and never showing its key."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from cowboy.errors import BadSetting
from cowboy.models.tracing import Tracing, load_tracing
from cowboy.settings import Settings

pytestmark = pytest.mark.usefixtures("plain_environment")

KEY = "lsv2-0123456789"
OFF = {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"}
ON = {
    "LANGSMITH_TRACING": "true",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGSMITH_TRACING_SAMPLING_RATE": "1.0",
    "LANGSMITH_HIDE_INPUTS": "true",
    "LANGSMITH_HIDE_OUTPUTS": "true",
}
SAMPLE = Path(__file__).parents[3] / "config/langsmith.yaml"

Load = Callable[[str], Tracing]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Tracing of a file with the given content."""

    def load_text(text: str) -> Tracing:
        file = tmp_path / "langsmith.yaml"
        file.write_text(text)
        return load_tracing(Settings(langsmith_config_path=file))

    return load_text


def test_without_a_file_tracing_is_switched_off() -> None:
    assert load_tracing(Settings()).environment() == OFF


def test_a_file_switches_tracing_on_with_all_hidden(load: Load) -> None:
    assert load("project: cowboy").environment() == {**ON, "LANGSMITH_PROJECT": "cowboy"}


def test_everything_in_the_file_becomes_a_variable(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_KEY", KEY)
    loaded = load(
        """
        enabled: true
        api_key: ${TRACE_KEY}
        endpoint: https://traces.example/v1
        project: duel
        workspace_id: w1
        extra_env: {CORRAL: "${TRACE_KEY}!", NOTHING: "", BLANK: " "}
        sampling_rate: 0.25
        hide_inputs: false
        hide_outputs: no
        """
    )
    assert loaded.environment() == {
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_API_KEY": KEY,
        "LANGSMITH_ENDPOINT": "https://traces.example/v1",
        "LANGSMITH_PROJECT": "duel",
        "LANGSMITH_WORKSPACE_ID": "w1",
        "LANGSMITH_TRACING_SAMPLING_RATE": "0.25",
        "LANGSMITH_HIDE_INPUTS": "false",
        "LANGSMITH_HIDE_OUTPUTS": "false",
        "CORRAL": f"{KEY}!",
    }


def test_a_file_that_switches_tracing_off_sets_nothing_else(load: Load) -> None:
    assert load(f"enabled: false\napi_key: {KEY}\nextra_env: {{CORRAL: x}}").environment() == OFF


def test_a_switch_may_come_from_a_variable(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE", "false")
    monkeypatch.setenv("RATE", "0.5")
    assert load("enabled: ${TRACE}\nsampling_rate: ${RATE}") == Tracing(enabled=False, sampling_rate=0.5)


REFUSED = {
    "an unknown key": ("tracing: true", ("tracing:", "spelling")),
    "no switch": ("enabled: perhaps", ("enabled:", "boolean")),
    "a rate over 1": ("sampling_rate: 1.5", ("sampling_rate:", "less than or equal to 1")),
    "a negative rate": ("sampling_rate: -0.1", ("sampling_rate:", "greater than or equal to 0")),
    "no rate": ("sampling_rate: .nan", ("sampling_rate:",)),
    "a number for a text": ("project: 7", ("project:", "quotes")),
    "a list of variables": ("extra_env: [A]", ("extra_env:", "mapping")),
    "a variable's number": ("extra_env: {CORRAL: 7}", ("extra_env.CORRAL:", "quotes")),
    "a variable's name with a dash": ("extra_env: {A-B: x}", ("extra_env.A-B:", "pattern")),
    "a variable that has a key": ("extra_env: {LANGSMITH_HIDE_INPUTS: 'false'}", ("LANGSMITH_HIDE_INPUTS", "own key")),
    "a variable that is the switch": ("extra_env: {LANGCHAIN_TRACING_V2: 'true'}", ("LANGCHAIN_TRACING_V2", "own key")),
    "an unset variable": ("extra_env: {CORRAL: '${NOBODY_SETS_ME}'}", ("extra_env.CORRAL:", "NOBODY_SETS_ME")),
    "plain http": ("endpoint: http://traces.example", ("endpoint:", "https")),
    "a key as endpoint": (f"endpoint: {KEY}", ("endpoint:", "https")),
    "a key of two words": (f"api_key: {KEY} {KEY}", ("api_key:", "spaces")),
    "a key in a list": (f"extra_env: {{CORRAL: [{KEY}]}}", ("extra_env.CORRAL:",)),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_by_variable_file_and_place(
    load: Load, tmp_path: Path, text: str, says: tuple[str, ...]
) -> None:
    with pytest.raises(BadSetting) as caught:
        load(text)
    message = str(caught.value)
    assert message.startswith(f"BOT_AGENT_LANGSMITH_CONFIG_PATH: {tmp_path}/langsmith.yaml: ")
    assert [words for words in says if words not in message] == []
    assert KEY not in message


def test_no_key_is_shown_wherever_the_file_is(load: Load) -> None:
    loaded = load(f"api_key: {KEY}\nextra_env: {{CORRAL: {KEY}}}")
    assert list(loaded.environment().values()).count(KEY) == 2
    for text in (repr(loaded), str(loaded), str(loaded.model_dump()), loaded.model_dump_json()):
        assert KEY not in text


def test_tracing_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Tracing().enabled = False


def test_the_sample_loads_as_it_is_and_traces_nothing() -> None:
    assert load_tracing(Settings(langsmith_config_path=SAMPLE)).environment() == OFF
