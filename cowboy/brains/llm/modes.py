"""Which output mode to ask a model in, whose profile leaves that open: found out beside the turns, never in one.

What one worker finds out, all others read; each looks again after a while, for models change.
"""

import threading
import time
from typing import NamedTuple

import structlog

from cowboy.brains.llm.agent import model_of, provider_of
from cowboy.brains.llm.probe import Finding, best_of, probe
from cowboy.brains.llm.transport import Transport
from cowboy.brains.providers import Providers
from cowboy.errors import OperatorError, WorldError
from cowboy.profiles import OutputMode, Profile

log = structlog.get_logger(__name__)

UNTIL_KNOWN: OutputMode = "text"
"""What every server understands."""

CERTAIN_SECONDS, DOUBTFUL_SECONDS = 86_400.0, 600.0
"""How long it holds what was found, if all answers were clear, and if some did not come."""

LOOK_AGAIN_SECONDS = 60.0
"""As long one process goes by what it knows, or by not knowing, before it asks the others; and nobody else probes."""


class _Known(NamedTuple):
    mode: OutputMode
    until: float


class Modes:
    """Thread-safe; one per process."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[tuple[str, str], _Known] = {}
        self._lock = threading.Lock()

    def of(self, profile: Profile, providers: Providers) -> OutputMode:
        """What is known, at once. Where nothing is, finding out begins in the background. Raises `WorldError`."""
        place = (provider_of(profile), model_of(profile))
        with self._lock:
            known = self._known.get(place)
            if known is not None and time.monotonic() < known.until:
                return known.mode
            # Only this thread looks now; all others go on with what there is.
            mode = self._remember(place, known.mode if known else UNTIL_KNOWN)
        found = providers.mode(*place)
        if found is not None:
            return self._remember(place, found)  # type: ignore[arg-type]  # one of ours has written it
        if providers.may_probe(*place, LOOK_AGAIN_SECONDS):
            threading.Thread(target=self._probe, args=(place, profile, providers), daemon=True).start()
        return mode

    def _remember(self, place: tuple[str, str], mode: OutputMode) -> OutputMode:
        self._known[place] = _Known(mode, time.monotonic() + LOOK_AGAIN_SECONDS)
        return mode

    def _probe(self, place: tuple[str, str], profile: Profile, providers: Providers) -> None:
        try:
            findings = probe(profile, self._transport)
            if (mode := best_of(findings)) is None:
                log.warning("model_answers_in_no_mode", profile=profile.name, reason=findings[-1].flaw)
                return
            self._remember(place, mode)
            providers.found(*place, mode, _seconds_for(findings, mode))
            log.info("output_mode_found", profile=profile.name, mode=mode)
        except (OperatorError, WorldError) as error:
            log.warning("probe_failed", profile=profile.name, reason=str(error))


def _seconds_for(findings: list[Finding], mode: OutputMode) -> float:
    better = findings[: [finding.mode for finding in findings].index(mode)]
    return CERTAIN_SECONDS if all(finding.certain for finding in better) else DOUBTFUL_SECONDS
