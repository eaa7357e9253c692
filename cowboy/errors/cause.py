"""Why a connection failed, in words of the operating system and of TLS: a library's own text may quote secrets."""

import ssl
from collections.abc import Iterator
from pathlib import Path


def reason_of(error: BaseException) -> str:
    """What lies at the bottom of an error of a client library; the error's kind if that cannot be told."""
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS fails: {_TLS.get(cause.reason or '', (cause.reason or 'no reason given').lower())}"
        if isinstance(cause, TimeoutError):
            return "no answer in time"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    return type(error).__name__


def place_of(error: BaseException) -> str:
    """The kind of an error that nobody expected, and where it was raised. Its text may be anything, a key included."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    kind = type(error).__name__
    return f"{kind} in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else kind


_TLS = {
    "WRONG_VERSION_NUMBER": "it speaks no TLS there",
    "UNEXPECTED_EOF_WHILE_READING": "it closed the connection, and may speak no TLS there",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it wants a certificate of ours",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses, and may want a certificate of ours",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not accept our certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not accept our certificate, or wants one",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not accept our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "our certificate has expired",
}
"""OpenSSL's word → ours."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
