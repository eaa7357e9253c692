"""LLM profiles: seat over base, field by field; what cannot be used is refused by place, and no key is ever shown."""

import os
from collections.abc import Callable
from pathlib import Path

import certifi
import pytest
import yaml
from pydantic import SecretStr, ValidationError

from cowboy.errors import BadSetting, NotFound
from cowboy.game.words import PlayerName
from cowboy.models.profiles import Profile, Profiles, load_profiles
from cowboy.models.quota import Terms
from cowboy.settings import Settings
from cowboy.settings.environment import withhold

pytestmark = pytest.mark.usefixtures("plain_environment")

A, B, C, D = PlayerName
KEY = "sk-0123456789"
SAMPLE = Path(__file__).parents[3] / "config/llm.yaml"

Load = Callable[..., Profiles]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Profiles of a file with the given content."""

    def load_text(text: str | bytes, **more: str) -> Profiles:
        file = tmp_path / "llm.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_profiles(Settings(llm_config_path=file, **more))

    return load_text


def refused(load: Load, text: str | bytes, **more: str) -> str:
    with pytest.raises(BadSetting) as caught:
        load(text, **more)
    return str(caught.value)


# -- what holds in the end -------------------------------------------------------------------------------------------


def test_without_a_file_there_is_no_profile_for_anybody() -> None:
    profiles = load_profiles(Settings())
    assert profiles.names() == ()
    assert profiles.for_seat(A) is None


def test_the_default_is_every_seats(load: Load) -> None:
    profiles = load("default: {model: 'openai:one', base_url: http://127.0.0.1:9999/v1}")
    assert [profiles.for_seat(seat) for seat in PlayerName] == ["default"] * 4
    assert profiles.get("default") == Profile(
        name="default", model="openai:one", base_url="http://127.0.0.1:9999/v1", api_key=None, output_mode=None
    )


def test_a_seat_overrides_the_default_field_by_field(load: Load) -> None:
    profiles = load("default: {model: one, api_key: k1, output_mode: json}\nplayers: {C: {model: two}}")
    assert profiles.for_seat(B) == "default"
    assert profiles.for_seat(C) == "seat-c"
    assert profiles.get("seat-c") == Profile(name="seat-c", model="two", api_key=SecretStr("k1"), output_mode="json")


@pytest.mark.parametrize("value", ["fast", "{profile: fast}", "' fast '"])
def test_a_seat_takes_a_named_profile_as_it_is(load: Load, value: str) -> None:
    profiles = load(
        f"default: {{model: one, api_key: k1}}\nprofiles: {{fast: {{model: two}}}}\nplayers: {{B: {value}}}"
    )
    assert profiles.for_seat(B) == "fast"
    assert profiles.get("fast") == Profile(name="fast", model="two"), "nothing comes from the default"


def test_a_seat_overrides_a_named_profile(load: Load) -> None:
    profiles = load(
        "profiles: {fast: {model: two, output_mode: tool}}\nplayers: {d: {profile: fast, output_mode: text}}"
    )
    assert profiles.names() == ("fast", "seat-d")
    assert profiles.for_seat(D) == "seat-d"
    assert profiles.get("seat-d") == Profile(name="seat-d", model="two", output_mode="text")
    assert profiles.for_seat(A) is None, "there is no default"


def test_a_seat_without_any_base_has_what_it_says_itself(load: Load) -> None:
    profiles = load("players: {a: {model: one}}")
    assert profiles.names() == ("seat-a",)
    assert profiles.get("seat-a").model == "one"


@pytest.mark.parametrize("empty", ["''", "'  '", "", "null"])
def test_an_empty_field_is_as_good_as_none(load: Load, empty: str) -> None:
    profiles = load(
        f"default:\n  model: ' one '\n  api_key: {empty}\nplayers:\n  B:\n    model: {empty}\n  C: {empty}\n"
    )
    assert profiles.names() == ("default",)
    assert profiles.get("default") == Profile(name="default", model="one")


def test_a_profile_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"no LLM profile 'fast'.*BOT_MANAGER_LLM_CONFIG_PATH"):
        Profiles().get("fast")


def test_profiles_cannot_be_changed(load: Load) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load("default: {model: one}").get("default").model = "two"


def test_the_sample_loads_as_it_is() -> None:
    profiles = load_profiles(Settings(llm_config_path=SAMPLE))
    assert [profiles.for_seat(seat) for seat in PlayerName] == ["default", "default", "sheriff", "seat-d"]


# -- variables -------------------------------------------------------------------------------------------------------


def test_variables_are_filled_in(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSHAL_KEY", KEY)
    monkeypatch.setenv("SIZE", "7b")
    profile = load("default: {model: 'a-${SIZE}-${SIZE}', api_key: ' ${MARSHAL_KEY} '}").get("default")
    assert profile.model == "a-7b-7b"
    assert profile.api_key == SecretStr(KEY)


@pytest.mark.parametrize("value", ['x"\noutput_mode: json\nz: "', "${SIZE}", "{a: 1}", "7", "true", "# no comment"])
def test_a_variable_stays_one_text_whatever_is_in_it(load: Load, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MODEL", value)
    assert load("default: {model: '${MODEL}'}").get("default") == Profile(name="default", model=value)


@pytest.mark.parametrize("value", ["$MARSHAL_KEY", " ${MARSHAL_KEY} ", "sk-$MARSHAL_PART"])
def test_a_variable_needs_no_braces(load: Load, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MARSHAL_KEY", KEY)
    monkeypatch.setenv("MARSHAL_PART", KEY.removeprefix("sk-"))
    assert load(f"default: {{api_key: '{value}'}}").get("default").api_key == SecretStr(KEY)


def test_a_variable_that_libraries_are_not_to_see_can_be_named(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    withhold(["OPENAI_"])
    assert "OPENAI_API_KEY" not in os.environ
    assert load("default: {api_key: $OPENAI_API_KEY}").get("default").api_key == SecretStr(KEY)


@pytest.mark.parametrize(
    ("value", "meant"), [("a$$b", "a$b"), ("$$NAME", "$NAME"), ("cost: 5$", "cost: 5$"), ("$1", "$1")]
)
def test_a_dollar_can_be_just_that(load: Load, value: str, meant: str) -> None:
    assert load(f"default: {{model: '{value}'}}").get("default").model == meant


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n"])
def test_line_breaks_around_a_key_are_taken_off(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    monkeypatch.setenv("MARSHAL_KEY", f"{KEY}{end}")
    (tmp_path / "key").write_text(f"{KEY}{end}")
    for source in ("api_key: $MARSHAL_KEY", f"api_key_file: {tmp_path}/key"):
        assert load(f"default: {{{source}}}").get("default").api_key == SecretStr(KEY)


def test_a_variable_that_is_set_to_nothing_makes_the_field_absent(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSHAL_KEY", "")
    assert load("default: {api_key: '${MARSHAL_KEY}'}").get("default").api_key is None


# -- what is refused -------------------------------------------------------------------------------------------------

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"
TWICE = "players:\n  C:\n    model: a\n    output_mode: json\n    model: b"

REFUSED = {
    "an empty file": ("", ("must be a mapping",)),
    "a list": ("- a", ("must be a mapping",)),
    "a text": ("hello", ("must be a mapping",)),
    "not YAML": ("default: [", ("line 1", "YAML")),
    "an open quote": (f'default:\n  api_key: "{KEY}', ("line 2", "quotes")),
    "a stray colon": (f"default:\n  model: one: {KEY}", ("line 2", "colons")),
    "two documents": ("default: {}\n---\ndefault: {}", ("line 2", "one YAML document")),
    "a control character": ("default: \x01", ("characters",)),
    "not UTF-8": (b"default: \xff", ("UTF-8",)),
    "a huge file": ("#" * 256_001, ("256 kB", "smaller")),
    "deep nesting": ("[" * 200_000, ("levels deep",)),
    "a huge number": ("default: {model: " + "9" * 5000 + "}", ("a number", "quotes")),
    "no date": ("default: {model: 2026-13-45}", ("a date", "quotes")),
    "an alias bomb": (BOMB, ("line 1", "anchors")),
    "an alias": ("default: {model: *a}", ("line 1", "aliases")),
    "a tag": ("default: {model: !!int ''}", ("line 1", "tags")),
    "a merge": ("default:\n  <<: {model: a}", ("line 2", "plain name")),
    "a mapping as key": ("? {a: b}\n: c", ("line 1", "plain name")),
    "a key twice": (TWICE, ("line 5: players.C.model:", "twice")),
    "a key twice in a list": ("players: [{A: 1, A: 2}]", ("line 1: players.A:", "twice")),
    "a section twice": ("default: {}\nplayers: {}\ndefault: {}", ("line 3: default:", "twice")),
    "an unknown section": ("defaults: {}", ("defaults:", "not a key")),
    "an unknown field": ("players: {C: {modle: a}}", ("players.C.modle:", "spelling")),
    "an unknown field without value": ("players: {C: {modle: }}", ("players.C.modle:", "spelling")),
    "an unknown field of the default": ("default: {players: {}}", ("default.players:",)),
    "a profile in a profile": ("profiles: {a: {profile: b}, b: {}}", ("profiles.a.profile:",)),
    "a number": ("default: {model: 7}", ("default.model:", "quotes")),
    "a list for a text": ("default: {model: [a]}", ("default.model:", "text")),
    "a text for a section": ("default: hello", ("default:", "mapping")),
    "a list for a section": ("players: [A]", ("players:", "mapping")),
    "an unknown mode": ("default: {output_mode: prose}", ("default.output_mode:", "'json_schema'")),
    "a seat that is none": ("players: {E: {}}", ("players.E:", "'D'")),
    "a seat twice": ("players: {c: {}, C: {}}", ("players:", "keep one")),
    "a profile that is none": ("profiles: {fast: {}}\nplayers: {B: slow}", ("players.B.profile:", "fast")),
    "no default to name": ("players: {B: default}", ("players.B.profile:", "none")),
    "a capital name": ("profiles: {Fast: {}}", ("profiles.Fast:", "pattern")),
    "a long name": (f"profiles: {{{'a' * 33}: {{}}}}", ("profiles.aaa", "pattern")),
    "the default's name": ("profiles: {default: {}}", ("profiles.default:", "choose another")),
    "a seat's name": ("profiles: {seat-a: {}}", ("profiles.seat-a:", "choose another")),
    "an unset variable": (
        "players: {C: {api_key: 'x${NOBODY_SETS_ME}'}}",
        ("players.C.api_key:", "NOBODY_SETS_ME", "set"),
    ),
    "a variable with a default": ("default: {model: '${A:-b}'}", ("default.model:", "${NAME}")),
    "an unset variable without braces": ("default: {api_key: $NOBODY_SETS_ME}", ("default.api_key:", "NOBODY_SETS_ME")),
    "a command": ("default: {api_key: $(cat key)}", ("default.api_key:", "${NAME}")),
    "a file of the key that is none": (
        "default: {api_key_file: /nowhere/key}",
        ("default.api_key_file:", "/nowhere/key cannot be read: No such file"),
    ),
    "a file of the key from home that is none": (
        "default: {api_key_file: ~/nowhere/key}",
        ("default.api_key_file:", f"{Path.home()}/nowhere/key cannot be read"),
    ),
    "a home that nobody has": ("default: {ca_file: ~nobody-here/ca.pem}", ("default.ca_file:", "nobody has")),
    "a file of the key with more than it": (f"default: {{api_key_file: {__file__}}}", ("default.api_key_file:",)),
    "an endless file of the key": ("default: {api_key_file: /dev/zero}", ("default.api_key_file:", "10 kB")),
    "an empty file of the key": ("default: {api_key_file: /dev/null}", ("/dev/null is empty",)),
    "a key for a file of it": (f"default: {{api_key_file: {KEY}}}", ("default.api_key_file:", "path of a file")),
    "certificates that are none": (f"default: {{ca_file: {__file__}}}", ("default.ca_file:", __file__, "PEM")),
    "no file of certificates": ("default: {ca_file: /nowhere/ca.pem}", ("/nowhere/ca.pem", "No such file")),
    "a proxy that is none": (f"default: {{proxy: {KEY}}}", ("default.proxy:", "http://host:3128")),
    "a proxy by SOCKS": (f"default: {{proxy: 'socks5://u:{KEY}@h:1'}}", ("default.proxy:", "SOCKS")),
    "a proxy with a path": (f"default: {{proxy: 'http://u:{KEY}@h:1/x'}}", ("default.proxy:", "http://host:3128")),
    "a key of two lines": (f"default: {{api_key: '{KEY}\n\n x'}}", ("default.api_key:", "line break")),
    "a key with an ü": (f"default: {{api_key: {KEY}ü}}", ("default.api_key:", "ASCII")),
    "a key for a mapping": (f"default: {{api_key: {{{KEY}: x}}}}", ("default.api_key:",)),
    "a key without a space": (f"default: {{api_key:{KEY}}}", ("default.…:", "not a key")),
    "a key as the seat's profile": (f"players: {{C: {KEY}}}", ("players.C.profile:",)),
    "a key as the mode": (f"default: {{output_mode: {KEY}}}", ("default.output_mode:",)),
    "a key as the URL": (f"default: {{base_url: {KEY}}}", ("default.base_url:", "https://")),
    "a key in the URL's login": (
        f"default: {{base_url: 'https://u:{KEY}@localhost/'}}",
        ("default.base_url:", "api_key"),
    ),
    "a key in the URL's query": (
        f"default: {{base_url: 'https://localhost/?k={KEY}'}}",
        ("default.base_url:", "api_key"),
    ),
    "a fragment in the URL": ("default: {base_url: 'https://localhost/#v1'}", ("default.base_url:", "fragment")),
    "a user in the URL": ("default: {base_url: 'https://u@localhost/'}", ("default.base_url:", "user")),
    "another scheme": ("default: {base_url: 'ftp://localhost/'}", ("default.base_url:", "https://")),
    "no host": ("default: {base_url: 'https:///v1'}", ("default.base_url:", "https://")),
    "a port that is none": ("default: {base_url: 'http://localhost:99999'}", ("default.base_url:", "https://")),
    "half an IPv6 address": ("default: {base_url: 'http://[::1'}", ("default.base_url:", "https://")),
    "a line break in the URL": ('default: {base_url: "http://local\\nhost/"}', ("default.base_url:", "spaces")),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_by_variable_file_and_place(
    load: Load, tmp_path: Path, text: str | bytes, says: tuple[str, ...]
) -> None:
    message = refused(load, text)
    assert message.startswith(f"BOT_MANAGER_LLM_CONFIG_PATH: {tmp_path}/llm.yaml: ")
    assert [words for words in says if words not in message] == []
    assert KEY not in message


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_read_is_refused_by_the_whole_path_that_was_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSetting, match=r"cannot be read: .*(No such|Is a)") as caught:
        load_profiles(Settings(llm_config_path=Path(name)))
    assert str(caught.value).startswith(f"BOT_MANAGER_LLM_CONFIG_PATH: {Path(name).absolute()}: ")


def test_all_that_is_wrong_is_said_at_once(load: Load, tmp_path: Path) -> None:
    lines = refused(load, "default: {modle: a, output_mode: b}\nplayers: {E: {}}").splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"BOT_MANAGER_LLM_CONFIG_PATH: {tmp_path}/llm.yaml: ") for line in lines)


# -- the way there ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["/chat/completions", "/chat/completions/"])
def test_what_a_client_puts_behind_an_address_is_taken_off(load: Load, end: str) -> None:
    profile = load(f"default: {{base_url: 'http://127.0.0.1:9999/v1{end}'}}").get("default")
    assert profile.base_url == "http://127.0.0.1:9999/v1"


def test_the_key_may_be_in_a_file_which_goes_before_the_key_below_it(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    profiles = load(f"default: {{api_key: other, model: m}}\nplayers: {{C: {{api_key_file: {tmp_path}/key}}}}")
    assert profiles.get("seat-c") == Profile(
        name="seat-c", model="m", api_key=SecretStr(KEY), api_key_file=tmp_path / "key"
    )
    assert KEY not in repr(profiles)


def test_a_key_that_is_there_twice_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    message = refused(load, f"default: {{api_key: {KEY}, api_key_file: {tmp_path}/key}}")
    assert "default: has both api_key and api_key_file; keep one" in message
    assert KEY not in message


def test_a_path_may_begin_at_home(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "ca.pem").write_bytes(Path(certifi.where()).read_bytes())
    profile = load("default: {api_key_file: ~/key, ca_file: ~/ca.pem}").get("default")
    assert (profile.api_key, profile.ca_file) == (SecretStr(KEY), tmp_path / "ca.pem")


def test_a_proxy_is_as_secret_as_a_key(load: Load) -> None:
    profile = load(f"default: {{proxy: 'http://marshal:{KEY}@127.0.0.1:3128'}}").get("default")
    assert profile.proxy is not None
    assert profile.proxy.get_secret_value() == f"http://marshal:{KEY}@127.0.0.1:3128"
    assert KEY not in repr(profile) + str(profile.as_file("text", True))


def test_what_is_printed_of_a_profile_can_be_loaded(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSHAL_KEY", KEY)
    text = "{base_url: http://127.0.0.1:1/v1, model: m, api_key: $MARSHAL_KEY, burst: 2, price_in: 0.5, notes: false}"
    for file, name in (
        (f"default: {text}", "default"),
        (f"profiles: {{a: {text}}}", "a"),
        (f"players: {{C: {text}}}", "seat-c"),
    ):
        profile = load(file).get(name)
        shown = yaml.safe_dump(profile.as_file("tool", False))
        assert KEY not in shown
        assert load(shown).get(name) == profile.model_copy(update={"output_mode": "tool", "system_role": False})


def test_a_file_of_the_key_stands_in_what_is_printed(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    profile = load(f"default: {{model: m, api_key_file: {tmp_path}/key}}").get("default")
    shown = yaml.safe_dump(profile.as_file("text", True))
    assert KEY not in shown
    assert load(shown).get("default") == profile.model_copy(update={"output_mode": "text"})
    own = load(f"default: {{api_key_file: {tmp_path}/key}}\nplayers: {{C: {{api_key: other}}}}").get("seat-c")
    assert own.api_key_file is None


# -- hosts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://127.0.0.1:9999/v1", None),
        ("http://LOCALHOST/v1", None),
        ("https://[::1]:1/v1/", None),
        ("https://api.openai.com/v1", None),
        ("https://models.example/v1", "Models.example"),
        ("http://ollama:11434/v1", "localhost,ollama"),
    ],
)
def test_a_model_may_be_asked_at_a_host_that_is_allowed(load: Load, url: str, hosts: str | None) -> None:
    more = {} if hosts is None else {"llm_allowed_hosts": hosts}
    assert load(f"default: {{base_url: '{url}'}}", **more).get("default").base_url == url


@pytest.mark.parametrize(
    ("url", "hosts", "says"),
    [
        ("https://models.example/v1", None, "models.example is not allowed; add it to COWBOY_LLM_ALLOWED_HOSTS"),
        ("https://api.openai.com.evil.example/", None, "add it to COWBOY_LLM_ALLOWED_HOSTS"),
        (r"https://evil.example\.localhost/", None, "add it to COWBOY_LLM_ALLOWED_HOSTS"),
        ("http://127.0.0.1/", "models.example", "now models.example"),
        ("http://api.openai.com/v1", None, "must be https"),
        ("http://api.openai.com/v1", "api.openai.com", "must be https"),
    ],
)
def test_a_key_is_not_sent_just_anywhere(load: Load, url: str, hosts: str | None, says: str) -> None:
    more = {} if hosts is None else {"llm_allowed_hosts": hosts}
    assert says in refused(load, f"players: {{B: {{base_url: '{url}'}}}}", **more)


# -- keys ------------------------------------------------------------------------------------------------------------


def test_no_key_is_shown_wherever_profiles_are(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSHAL_KEY", KEY)
    profiles = load("default: {api_key: '${MARSHAL_KEY}'}\nplayers: {C: {model: a}}")
    assert {profiles.get(name).api_key for name in profiles.names()} == {SecretStr(KEY)}
    for shown in (profiles, *profiles.profiles.values()):
        for text in (repr(shown), str(shown), str(shown.model_dump()), shown.model_dump_json()):
            assert KEY not in text


def test_no_key_is_shown_in_what_an_error_drags_along(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARSHAL_KEY", f"{KEY} {KEY}")
    with pytest.raises(BadSetting) as caught:
        load("default: {api_key: '${MARSHAL_KEY}', modle: '${MARSHAL_KEY}'}")
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in str(error)
        error = error.__context__


# -- terms -------------------------------------------------------------------------------------------------------------


def test_terms_are_those_of_the_profile_and_off_unless_given(load: Load) -> None:
    assert load("default: {model: one}").get("default").terms == Terms()
    given = load(
        "default: {requests_per_minute: 90, budget_tokens_per_bot: 1, budget_tokens_per_game: 2, "
        "budget_tokens_per_day: 3, price_in: 0.15, price_out: 0.6}\nplayers: {C: {burst: 7}}"
    )
    expected = Terms(90, 15, 1, 2, 3, 0.15, 0.6)
    assert given.get("default").terms == expected
    assert given.get("seat-c").terms == expected._replace(burst=7)
    assert load("default: {requests_per_minute: 1}").get("default").terms.burst == 1


@pytest.mark.parametrize("field", ["requests_per_minute", "burst", "budget_tokens_per_day"])
def test_a_bound_that_lets_nothing_through_is_refused(load: Load, field: str) -> None:
    assert f"default.{field}:" in refused(load, f"default: {{{field}: 0}}")
