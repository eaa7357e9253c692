"""An endpoint that a key is sent to, and the key: what either must look like in a configuration file.

Which endpoints are trusted is for their users to say.
"""

import re
from urllib.parse import SplitResult, urlsplit

from cowboy.settings import Secret

# Anything else would only fail inside a client, which might then quote it.
_PLAIN = re.compile(r"[!-~]+")

Key = Secret
"""A key as a configuration file may have it."""


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
