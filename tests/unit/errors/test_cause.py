"""Why a connection failed, by what lies at the bottom of a library's error."""

import re
import ssl

import httpx
import pytest

from cowboy.errors.cause import place_of, reason_of

SECRET = "hunter2"


def caused(by: BaseException) -> Exception:
    error = httpx.ConnectError(f"Authorization: {SECRET}")
    error.__cause__ = by
    return error


def verification_error() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, f"of {SECRET}")
    error.verify_message = "self-signed certificate"
    return error


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"of {SECRET}")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (caused(ConnectionRefusedError(111, "Connection refused")), "connection refused"),
        (caused(TimeoutError(SECRET)), "no answer in time"),
        (caused(verification_error()), "its certificate is not accepted: self-signed certificate"),
        (caused(tls_error("WRONG_VERSION_NUMBER")), "TLS fails: it speaks no TLS there"),
        (caused(tls_error("SOMETHING_ELSE")), "TLS fails: something_else"),
        (httpx.LocalProtocolError(f"Illegal header value b'{SECRET}'"), "LocalProtocolError"),
    ],
)
def test_a_reason_is_told_in_our_words(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


def test_an_error_that_nobody_expected_is_told_by_its_kind_and_its_place() -> None:
    with pytest.raises(ValueError, match=SECRET) as caught:
        fail()
    assert re.fullmatch(r"ValueError in test_cause\.py, line \d+", place_of(caught.value))
    assert place_of(ValueError(SECRET)) == "ValueError"


def fail() -> None:
    raise ValueError(SECRET)
