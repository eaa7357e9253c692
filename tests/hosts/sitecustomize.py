"""Names of hosts by a file of the tests, in every Python that has this folder on its PYTHONPATH.

A container that is made anew has its name still and another address. The file that COWBOY_TEST_HOSTS names is looked at
for each question, one `address name` a line; names that are not in it are the system's.
"""

import os
import socket
from pathlib import Path
from typing import Any

_ask_system = socket.getaddrinfo


def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
    """As `socket.getaddrinfo`."""
    file = Path(os.environ["COWBOY_TEST_HOSTS"])
    lines = file.read_text().splitlines() if file.exists() else []
    addresses = {name: address for address, name in map(str.split, lines)}
    return _ask_system(addresses.get(host, host), *arguments, **options)


socket.getaddrinfo = getaddrinfo
