"""A server that repeats the key, wherever and however: nothing that is kept or logged has it."""

import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from cowboy.brains.guard import Guarded
from cowboy.brains.llm.brain import LlmBrain
from cowboy.settings import Settings
from tests.integration.brains.test_llm import played, turn
from tests.provider import Given, completion, running_provider

pytestmark = pytest.mark.integration

KEY = "sk-5eb1/c9d0+never&to-be=seen"
SECRETS = (KEY, "5eb1", "c9d0", "never")
"""Parts of the key as well: what is left of one that was cut in the middle."""

ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON of PHP": lambda text: text.replace("/", r"\/"),
    "JSON in numbers": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "a URL": lambda text: quote(text, safe=""),
    "HTML": html.escape,
}


def said(text: str) -> Given:
    """An answer of the model, in JSON whose escapes are the test's."""
    return Given(completion({"content": "HERE"}).replace(b"HERE", text.encode()))


def in_pieces(text: str) -> Given:
    deltas = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in ("shield left\\nnote: ", *text)]
    events = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas).replace(r"\\n", r"\n")
    return Given(f"{events}data: [DONE]\n\n".encode(), headers={"Content_Type": "text/event-stream"})


PLACES: dict[str, Callable[[str], Given]] = {
    "a 401": lambda text: Given(f'{{"error": {{"message": "Bearer {text} is unknown"}}}}'.encode(), 401),
    "a 400": lambda text: Given(f'{{"detail": "Authorization: Bearer {text}"}}'.encode(), 400),
    "a 500 of HTML": lambda text: Given(f"<pre>Authorization: Bearer {text}</pre>".encode(), 500),
    "an error in a 200": lambda text: Given(f'{{"error": {{"message": "Bearer {text}"}}}}'.encode()),
    "an error in a choice": lambda text: Given(f'{{"choices": [{{"error": {{"message": "{text}"}}}}]}}'.encode()),
    "a redirect": lambda text: Given(text.encode(), 307, headers={"Location": f"http://127.0.0.1:1/{quote(text)}"}),
    "a header": lambda text: Given(b"no", 401, headers={"WWW_Authenticate": f'Bearer error="{text}"'}),
    "a header that counts": lambda text: Given(b"no", 429, headers={"Retry_After": text}),
    "garbage": lambda text: Given(f"\x00\x01{text}".encode()),
    "the end of what is kept": lambda text: Given(b"x" * (20_000 - 12) + text.encode(), 400),
    "a speech": lambda text: said(f"speak {text}"),
    "a note": lambda text: said(rf"shield left\nnote: {text}"),
    "a thought": lambda text: Given(
        completion({"content": "shield left", "reasoning_content": "HERE"}).replace(b"HERE", text.encode())
    ),
    "prose": lambda text: said(f"I was sent {text}"),
    "an unknown direction": lambda text: said(f"shield {text}"),
    "a stream in pieces": in_pieces,
}


def ask(folder: Path, given: Given) -> Guarded:
    with running_provider("word_for_word") as provider:
        provider.given = given
        profile = {"base_url": provider.base_url, "model": "saloon-7b", "api_key": KEY}
        file = folder / "llm.yaml"
        file.write_text(yaml.safe_dump({"profiles": {"saloon": profile}}))
        brain = LlmBrain(Settings(llm_config_path=file, worker_threads=2))
        try:
            return played(brain, turn(30))
        finally:
            brain.close()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_key_that_comes_back_is_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, encoding: str
) -> None:
    guarded = ask(tmp_path, PLACES[place](ENCODINGS[encoding](KEY)))
    captured = capsys.readouterr()
    told = repr(guarded) + captured.out + captured.err
    assert [secret for secret in SECRETS if secret in told] == []
    assert guarded.decision.notes is None or KEY not in guarded.decision.notes
    assert guarded.tries[0].exchanges[0].answer, "what else came is kept"
