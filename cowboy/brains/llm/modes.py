"""Finds out how to ask a model whose profile says `auto`: in the background, never within a turn.

All workers read what one of them has found. The result expires after a while, because models change.
"""

import threading
import time
from typing import NamedTuple

import structlog

from cowboy.brains.llm.agent import Way, model_of, provider_of
from cowboy.brains.llm.probe import Finding, best_of, probe
from cowboy.brains.llm.transport import Transport
from cowboy.brains.providers import Providers
from cowboy.errors import OperatorError, WorldError
from cowboy.models.profiles import Profile

log = structlog.get_logger(__name__)

UNTIL_KNOWN = Way("text", system_role=False)
"""The way that every server understands."""

CERTAIN_SECONDS, DOUBTFUL_SECONDS = 86_400.0, 600.0
"""How long a result is kept: if all answers were clear, and if some did not come."""

LOOK_AGAIN_SECONDS = 60.0
"""How long a process uses what it knows before it looks in Redis again, and how long no other process probes."""


class _Known(NamedTuple):
    way: Way
    until: float


class Modes:
    """Thread-safe; one per process."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[tuple[str, str], _Known] = {}
        self._lock = threading.Lock()

    def of(self, profile: Profile, providers: Providers) -> Way:
        """What is known, at once. Where nothing is, finding out begins in the background. Raises `WorldError`."""
        place = (provider_of(profile), model_of(profile))
        with self._lock:
            known = self._known.get(place)
            if known is not None and time.monotonic() < known.until:
                return known.way
            # Only this thread looks now; all others go on with what there is.
            way = self._remember(place, known.way if known else UNTIL_KNOWN)
        found = providers.mode(*place)
        if found is not None and (parsed := Way.parsed(found)) is not None:
            return self._remember(place, parsed)
        if providers.may_probe(*place, LOOK_AGAIN_SECONDS):
            threading.Thread(target=self._probe, args=(place, profile, providers), daemon=True).start()
        return way

    def _remember(self, place: tuple[str, str], way: Way) -> Way:
        self._known[place] = _Known(way, time.monotonic() + LOOK_AGAIN_SECONDS)
        return way

    def _probe(self, place: tuple[str, str], profile: Profile, providers: Providers) -> None:
        try:
            findings = probe(profile, self._transport)
            if (best := best_of(findings)) is None:
                log.warning("model_answers_in_no_mode", profile=profile.name, reason=findings[-1].flaw)
                return
            self._remember(place, best.way)
            providers.found(*place, str(best.way), _seconds_for(findings, best))
            log.info("output_mode_found", profile=profile.name, mode=best.way.mode, system_role=best.way.system_role)
        except (OperatorError, WorldError) as error:
            log.warning("probe_failed", profile=profile.name, reason=str(error))


def _seconds_for(findings: list[Finding], best: Finding) -> float:
    better = findings[: findings.index(best)]
    return CERTAIN_SECONDS if all(finding.certain for finding in better) else DOUBTFUL_SECONDS
