"""What Cowboy needs of langsmith 0.15 that has no public way: a client that quotes no error and keeps no process alive.

Two undocumented variables keep its threads from outliving their process, and its anonymizer gets an error as a
dictionary with `error` alone. `cowboy.models.tracing` says whether anything is traced. `pyproject.toml` bounds the
version; `tests/integration/turns/test_traces.py` fails when one of the parts moves.
"""

import os
import re
import sys
import threading
from pathlib import Path
from typing import Any

FLUSH_SECONDS = 5.0
"""How long a process that ends waits for its last traces to be sent."""

_DAEMON = {"LANGSMITH_USE_DAEMON": "true", "LANGSMITH_DISABLE_RUN_COMPRESSION": "true"}
"""Only daemon threads send, and what is packed would be sent by others. A process waits for those when it ends: for a
LangSmith that does not answer, minutes."""


def begin_traces(proxy: str | None, ca_file: Path | None) -> None:
    """Make the client, by the environment variables there are now, but for those of proxies and certificates.

    It hides what models are asked and answer; but an error of theirs would quote either, or a provider's answer that
    quotes the key. So errors are told by their class alone, hidden or not. Nor may it keep the process from ending.
    """
    import langsmith  # noqa: PLC0415  # it is large, and nobody has it who traces nothing
    import requests  # noqa: PLC0415

    os.environ |= _DAEMON
    session = requests.Session()  # of which the client takes over these three, for whatever it sends with
    session.trust_env = False
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    session.verify = str(ca_file) if ca_file else True
    langsmith.configure(client=langsmith.Client(session=session, anonymizer=_discreet))


def flush_traces(seconds: float = FLUSH_SECONDS) -> bool:
    """Send the waiting traces, for `seconds` at most. Returns whether all have been sent.

    Nothing is done, or imported, where no model was ever asked or nothing is traced.
    """
    tracers = sys.modules.get("langchain_core.tracers.langchain")
    if tracers is None or os.environ.get("LANGSMITH_TRACING") != "true":
        return True
    # In a thread: the client has no time limit of its own for what it sends itself.
    flushing = threading.Thread(target=tracers.wait_for_all_tracers, daemon=True)
    flushing.start()
    flushing.join(seconds)
    return not flushing.is_alive()


def _discreet(told: dict[str, Any]) -> dict[str, Any]:
    """The client asks this of inputs, outputs and metadata as well as of an error, which comes as `error` alone."""
    if told.keys() != {"error"}:
        return told
    name = re.match(r"[A-Za-z_.]+", str(told["error"]))
    return {"error": name[0] if name else "error"}
