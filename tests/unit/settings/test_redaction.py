"""Secrets are cut out of what others send back, in whatever form it has them."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from cowboy.settings.redaction import Redaction

SECRET = 'sk-a/b+c&d="e"<f>-%25'

FORMS = {
    "plain": SECRET,
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON within JSON": json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
    "JSON as PHP writes it": json.dumps(SECRET)[1:-1].replace("/", r"\/"),
    "JSON as Go writes it": json.dumps(SECRET)[1:-1].replace("&", r"\u0026").replace("<", r"\u003c"),
    "JSON in numbers": "".join(f"\\u{ord(character):04X}" for character in SECRET),
    "a URL": quote(SECRET, safe=""),
    "a URL in small letters": quote(SECRET, safe="").lower(),
    "HTML": html.escape(SECRET),
    "HTML in numbers": "".join(f"&#{ord(character)};" for character in SECRET),
    "HTML in hexadecimal numbers": "".join(f"&#x{ord(character):x};" for character in SECRET),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_is_cut_out_in_every_form(form: str) -> None:
    assert Redaction([SECRET])(f"Authorization: Bearer {form}, was it?") == "Authorization: Bearer <key>, was it?"


def test_json_stays_json() -> None:
    body = json.dumps({"said": f"\n{SECRET}\\{SECRET}"})
    assert json.loads(Redaction([SECRET])(body))["said"].count("<key>") == 2


def test_the_longer_of_two_secrets_is_cut_out_whole() -> None:
    assert Redaction(["abcdef", "abcdefgh"])("abcdefgh abcdef") == "<key> <key>"


def test_without_secrets_nothing_is_cut_out() -> None:
    assert Redaction([])("anything") == "anything"


@pytest.mark.parametrize("placeholder", ["", "x", "none", "EMPTY", "left"])
def test_a_placeholder_for_a_secret_is_left_in_peace(placeholder: str) -> None:
    text = "none, EMPTY, x: shield left"
    assert Redaction([placeholder])(text) == text


def test_a_login_is_cut_out_as_its_header_has_it() -> None:
    header = base64.b64encode(b"marshal:p@ss-word").decode()
    assert Redaction.of_login("marshal", "p@ss-word")(f"p@ss-word, Basic {header}") == "<key>, Basic <key>"


@pytest.mark.parametrize("before", ["", "B", "Be", "Bearer "])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_cut_out_of_what_holds_it_in_base64(before: str, encode: Callable[[bytes], bytes]) -> None:
    secret = "sk-?>~Tf83\x7e?/+0Zq"
    code = encode(f"{before}{secret} and more".encode()).decode()
    left = Redaction([secret])(f"you sent {code}")
    shown = left.replace("<key>", "").removeprefix("you sent ")
    assert "<key>" in left
    assert len(shown) <= len(encode(f"{before} and more".encode())) + 4, "but for the characters that it shares"
