"""What Redis answers when it refuses, in our words: by real refusals, and by a few that are hard to come by."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from cowboy.errors import StateError, StateRefused
from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings
from cowboy.state.client import Call, call_all, connect, refused_write, script, state_error, state_errors
from cowboy.state.keys import Keys
from cowboy.state.presence import bridges
from cowboy.state.refusals import LASTING, PASSING, explain, refusal_of
from tests.troubles import Trouble, said, troubles

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refusing")


@pytest.fixture(scope="module")
def own_redis(home: Path) -> Iterator[str]:
    (bind,) = free_binds(1)
    with supervising(home) as supervisor:
        supervisor.start((redis_service(bind, home),))
        yield f"redis://{bind}/0"


@pytest.fixture
def own(settings: Settings, own_redis: str) -> Settings:
    return settings.model_copy(update={"redis_url": own_redis})


@troubles
def test_every_way_to_write_is_refused_in_our_words(own: Settings, home: Path, answer: str, trouble: Trouble) -> None:
    keys = Keys(own.key_prefix)
    with connect(own, retries=0) as client:
        beat = script(client, "note_beat")
        assert refused_write(client, keys) is None
        with trouble(client, home / "redis"):
            for write in (
                lambda: client.set(keys.probe, 1),
                lambda: client.pipeline().set(keys.probe, 1).get(keys.probe).execute(),
                lambda: client.pipeline(transaction=False).set(keys.probe, 1).execute(),
                lambda: bridges(client, keys, 15).beat("b1"),
                lambda: call_all(client, [Call(beat, keys=[keys.bridges], args=["b1"])]),
            ):
                with pytest.raises(StateRefused) as refused, state_errors("writing"):
                    write()
                assert str(refused.value).partition(": Redis ")[2] in set(map(str, said(answer)))
            assert refused_write(client, keys) in said(answer)
        bridges(client, keys, 15).beat("b1")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NOAUTH Authentication required.", "NOAUTH"),
        ("DENIED Redis is running in protected mode because …", "DENIED"),
        ("UNBLOCKED force unblock from blocking operation, instance state changed", "UNBLOCKED"),
        ("Error running script (call to f_1): @user_script:7: @user_script: 7: -MISCONF Redis is …", "MISCONF"),
        ("Command # 1 (SET a 1) of pipeline caused error: BUSY Redis is busy running a script.", "BUSY"),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", None),
        ("BUSYGROUP Consumer Group name already exists", None),
    ],
)
def test_a_refusal_is_known_by_its_first_word_wherever_that_stands(text: str, code: str | None) -> None:
    error = ResponseError(text)
    assert refusal_of(error) == code
    assert refusal_of(StateError("wrapped")) is None
    assert isinstance(state_error("doing", error), StateRefused) == (code in PASSING)


@pytest.mark.parametrize(("password", "code"), [("", "NOAUTH"), ("wrong", "WRONGPASS")])
def test_a_login_that_is_not_accepted_is_named_and_no_answer_is_not_claimed(
    own: Settings, password: str, code: str
) -> None:
    with connect(own) as client:
        client.config_set("requirepass", "right")
        try:
            secret = SecretStr(password) if password else None
            stranger = connect(own.model_copy(update={"redis_password": secret}), retries=0)
            with stranger, pytest.raises(StateError) as refused:
                refused_write(stranger, Keys(own.key_prefix))
            assert str(refused.value) == f"asking Redis: Redis {LASTING[code]}"
        finally:
            client.config_set("requirepass", "")


def test_no_text_of_a_library_is_passed_on(settings: Settings) -> None:
    nobody = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with connect(nobody, retries=0) as client, pytest.raises(RedisError) as failed:
        client.ping()
    assert str(explain(failed.value)) == "does not answer (connection refused)"
    assert str(explain(RedisConnectionError("secret"))) == "does not answer (ConnectionError)"
    assert str(explain(ResponseError("WRONGTYPE secret"))) == "refuses (WRONGTYPE)"
