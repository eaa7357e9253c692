"""An endpoint that a key is sent to, and the key: what either must look like in a configuration file.

Which endpoints are trusted is for their users to say.
"""

import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

# Anything else would only fail inside a client, which might then quote it.
_PLAIN = re.compile(r"[!-~]+")


def _check_key(key: SecretStr) -> SecretStr:
    if not _PLAIN.fullmatch(key.get_secret_value()):
        raise ValueError("must be of printable ASCII characters without spaces; look for a stray line break")
    return key


Key = Annotated[SecretStr, AfterValidator(_check_key)]


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
