"""An endpoint that a key is sent to, the key, and the way there: what each must look like in a configuration file.

Which endpoints are trusted is for their users to say.
"""

import re
import ssl
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainValidator, SecretStr

from cowboy.settings import Secret
from cowboy.settings.secret import secret_of

# Anything else would only fail inside a client, which might then quote it.
_PLAIN = re.compile(r"[!-~]+")

Key = Secret
"""A key as a configuration file may have it."""

MAX_KEY_BYTES = 10_000


def _check_proxy(proxy: SecretStr) -> SecretStr:
    try:
        url = urlsplit(proxy.get_secret_value())
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0 and url.path in {"", "/"}
    except ValueError:
        usable = False
    if not usable or "?" in url.geturl() or "#" in url.geturl() or not _PLAIN.fullmatch(proxy.get_secret_value()):
        raise ValueError("must be a URL like http://host:3128 or http://user:password@host:3128; SOCKS is not taken")
    return proxy


Proxy = Annotated[SecretStr, AfterValidator(_check_proxy)]
"""A URL, which may have a password in it."""


def _path(value: Any) -> Path:
    """A path with its `~` expanded. What has no slash is not quoted: it may be a key in the wrong place."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or "/" not in value:
        raise ValueError("must be the path of a file, with a / in it")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise ValueError("begins with ~ and a name that nobody has here") from None


class KeyInFile(NamedTuple):
    """A key, and the file that it was read from."""

    path: Path
    key: SecretStr


def _key_in_file(value: Any) -> KeyInFile:
    path = _path(value)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_BYTES + 1)
        if len(content) > MAX_KEY_BYTES:
            raise ValueError(f"{path} is larger than {MAX_KEY_BYTES // 1000} kB; that is no key")
        text = content.decode("ascii").strip()
    except UnicodeDecodeError:  # which is a ValueError, too
        raise ValueError(f"{path} must be of printable ASCII characters") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if not text:
        raise ValueError(f"{path} is empty; put the key in it")
    return KeyInFile(path, secret_of(text))


def _check_certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:  # which is an OSError, too
        raise ValueError(f"{path} holds no certificates in PEM form") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    return path


FilePath = Annotated[Path, BeforeValidator(_path)]
KeyFile = Annotated[KeyInFile, PlainValidator(_key_in_file)]
"""Given by its path."""
CertificatesFile = Annotated[FilePath, AfterValidator(_check_certificates)]
"""A file of certificates (PEM)."""


def split_endpoint(endpoint: str) -> SplitResult:
    """Its parts, scheme and host in small letters. Raises `ValueError` for what is no plain http(s) URL with a host."""
    try:
        url = urlsplit(endpoint)
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable or not _PLAIN.fullmatch(endpoint):
        raise ValueError("must be a URL like https://host/v1, of ASCII characters without spaces")
    if "@" in url.netloc or "?" in endpoint or "#" in endpoint:
        raise ValueError("must have no user, password, query or fragment; a key belongs in api_key")
    return url
