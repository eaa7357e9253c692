"""Every setting, typed, read once at start from the environment.

Names that the existing system already uses are kept as they are (`KAFKA_BOOTSTRAP_SERVERS`, `BOT_MANAGER_BIND`, …);
ours begin with `COWBOY_`. A value that cannot be used refuses the start and says which variable is meant; nothing
falls back to a default in silence. A secret can come from a file, named by `<NAME>_FILE`. `docs/configuration.md` is
generated from `schema`, `redis` and `kafka`; the other modules are what a value may look like.
"""

from cowboy.settings.addresses import LOOPBACK_HOSTS, Bind
from cowboy.settings.files import ExistingFile, UserPath
from cowboy.settings.loading import environment_name, environment_names, load_settings, settings
from cowboy.settings.redis import RedisAddress
from cowboy.settings.schema import Settings
from cowboy.settings.secret import Secret, file_variable
from cowboy.settings.tls import Tls

__all__ = [
    "LOOPBACK_HOSTS",
    "Bind",
    "ExistingFile",
    "RedisAddress",
    "Secret",
    "Settings",
    "Tls",
    "UserPath",
    "environment_name",
    "environment_names",
    "file_variable",
    "load_settings",
    "settings",
]
