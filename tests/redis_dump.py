"""All that Redis holds, as text."""

from cowboy.state.client import Redis


def everything(redis: Redis, prefix: str = "") -> str:
    """All keys that begin so, each with what is in it. Keys may come and go meanwhile."""
    reading = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": redis.smembers,
        "list": lambda name: redis.lrange(name, 0, -1),
        "zset": lambda name: redis.zrange(name, 0, -1),
        "stream": redis.xrange,
        "none": lambda _: None,
    }
    return "\n".join(f"{key} {reading[redis.type(key)](key)}" for key in redis.scan_iter(f"{prefix}*"))
