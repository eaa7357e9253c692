"""Refusals: Redis's reasons not to carry out a command, each with a text of ours and a remedy.

Readiness, the doctor and the logs of all processes use these texts. Redis's own need knowledge of Redis, and redis-py's
may quote addresses and commands.
"""

import re
from typing import NamedTuple

from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.sentinel import MasterNotFoundError

from cowboy.errors.cause import reason_of


class Explained(NamedTuple):
    """`saw` ends a sentence that begins with "Redis"; `remedy` is empty where there is none to name."""

    saw: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.saw}: {self.remedy}" if self.remedy else self.saw


PASSING = {
    "OOM": Explained("is full and takes no writes", "raise its maxmemory (CONFIG SET maxmemory), or free memory"),
    "MISCONF": Explained("takes no writes, since it could not save to its disk", "free space there, its log says more"),
    "NOREPLICAS": Explained("takes no writes, since too few replicas are in touch with it", "bring them back"),
    "READONLY": Explained("is a replica and takes no writes", "lead clients to the primary"),
    "LOADING": Explained("is still reading its data from disk", "wait"),
    "BUSY": Explained("is busy with a script that does not end", "SCRIPT KILL ends it"),
    "UNKILLABLE": Explained("is busy with a script that has written and does not end", "it can only be stopped"),
    "MASTERDOWN": Explained("is a replica that has lost its primary", "bring that back, or promote it"),
    "CLUSTERDOWN": Explained("is a cluster that is not whole", "bring its nodes back"),
    "TRYAGAIN": Explained("is a cluster that moves keys", "wait"),
    "UNBLOCKED": Explained("has become a replica", "lead clients to the primary"),
}
"""By the first word of the answer.

Such a Redis counts as one that is away: it serves again by itself, or after an operator has mended it, and no process
of ours has to be restarted.
"""

LASTING = {
    "NOAUTH": Explained("wants a password", "set COWBOY_REDIS_PASSWORD"),
    "WRONGPASS": Explained("does not accept our user or password", "correct COWBOY_REDIS_URL or COWBOY_REDIS_PASSWORD"),
    "NOPERM": Explained("does not allow this to the user in COWBOY_REDIS_URL", "correct its rights (ACL SETUSER)"),
    "DENIED": Explained(
        "is in protected mode and refuses other machines", "give it a password, or let it listen on loopback only"
    ),
}
"""By the first word of the answer. An operator has to correct a setting, here or there."""

_CODE = re.compile(r"\b(" + "|".join((*PASSING, *LASTING)) + r")\b")
_TOO_MANY = "max number of clients reached"


def refusal_of(error: BaseException) -> str | None:
    """The word by which Redis refused, if that is what happened: a key of `PASSING` or `LASTING`."""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "status_code", None)
        if code in PASSING or code in LASTING:
            return str(code)
        # redis-py knows some of them by their class alone, and some not at all. Before version 7 Redis has it in the
        # middle of the text when a script was refused, and a pipeline of redis-py always has.
        if isinstance(cause, ResponseError | RedisConnectionError) and (found := _CODE.search(str(cause))):
            return found.group()
        cause = cause.__cause__
    return None


def explain(error: BaseException) -> Explained:
    """What a failure of Redis, or of a library that talks to it for us, means."""
    code = refusal_of(error)
    if code is not None:
        return PASSING.get(code) or LASTING[code]
    if _TOO_MANY in str(error):
        return Explained("has no connection left for us", "raise its maxclients")
    if isinstance(error, AuthenticationError):
        return LASTING["WRONGPASS"]
    if isinstance(error, MasterNotFoundError):
        return Explained(
            "has no primary that a Sentinel of COWBOY_REDIS_URL names",
            "look at the Sentinels; they may know it by another name, or want COWBOY_REDIS_SENTINEL_PASSWORD",
        )
    if isinstance(error, RedisTimeoutError):
        return Explained("gives no answer in time")
    if isinstance(error, ResponseError):
        return Explained(f"refuses ({str(error).split(' ')[0][:40]})")
    return Explained(f"does not answer ({reason_of(error)})")
