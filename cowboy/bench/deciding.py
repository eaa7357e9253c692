"""What one decision of the `llm` brain costs, next to the plainest call of the same model with the same knowledge."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

import openai
from pydantic import BaseModel, ConfigDict

from cowboy.bench.model import MODES, ModelServer, profile_of
from cowboy.bench.recording import opening
from cowboy.brains.brain import Context, Situation
from cowboy.brains.llm.answer import Command
from cowboy.brains.llm.brain import LlmBrain
from cowboy.brains.llm.prompt import SYSTEM
from cowboy.local.supervisor import supervising
from cowboy.settings import Settings

BARE = "openai client"
CPU_AIM, BYTES_AIM = 3.0, 1.5
"""Times the plain call's."""

WARM_UP = 20


class Cost(BaseModel):
    """CPU time of one decision, in a single thread, and the bytes of its request without the head."""

    model_config = ConfigDict(frozen=True)

    cpu_ms: float
    bytes: float


def decision_costs(settings: Settings, *, decisions: int, rounds: int) -> dict[str, Cost]:
    """By who decides: the plain client, and our brain in each output mode. Medians of rounds of `decisions` each."""
    server = ModelServer(0)
    with supervising(settings.home) as supervisor:
        supervisor.start((server.service,))
        brain = LlmBrain(server.asked_by(settings))
        events = tuple(json.dumps({"turn_no": n, "player": "B", "did": "move", "direction": "left"}) for n in range(12))
        situation = Situation(table=opening(datetime.now(UTC)), seconds_left=60.0, recent=events)
        calls = {
            BARE: _plain_call(server.base_url, situation),
            **{mode: _ask(brain, situation, mode) for mode in MODES},
        }
        measured: dict[str, list[Cost]] = {name: [] for name in calls}
        for _ in range(rounds):
            for name, call in calls.items():
                measured[name].append(_measure(call, decisions, server))
        brain.close()
    return {
        name: Cost(cpu_ms=median(cost.cpu_ms for cost in costs), bytes=median(cost.bytes for cost in costs))
        for name, costs in measured.items()
    }


def _measure(call: Callable[[], object], times: int, server: ModelServer) -> Cost:
    for _ in range(WARM_UP):
        call()
    seen, busy = server.seen(), time.process_time()
    for _ in range(times):
        call()
    busy = time.process_time() - busy
    return Cost(cpu_ms=busy * 1000 / times, bytes=(server.seen().bytes - seen.bytes) / times)


def _ask(brain: LlmBrain, situation: Situation, mode: str) -> Callable[[], object]:
    def decide() -> object:
        return brain.decide(situation.model_copy(update={"profile": profile_of(mode)}), Context())

    return decide


def _plain_call(base_url: str, situation: Situation) -> Callable[[], object]:
    """The rules, the game and what happened last, as they are; the answer by a schema, read and checked."""
    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
    schema = {**Command.model_json_schema(), "additionalProperties": False}
    form: Any = {"type": "json_schema", "json_schema": {"name": "Command", "strict": True, "schema": schema}}
    told = situation.table.model_dump_json() + "\n" + "\n".join(situation.recent)

    def call() -> object:
        answer = client.chat.completions.create(
            model="bench",
            messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"It is your turn.\n{told}"}],
            response_format=form,
        )
        return Command.model_validate_json(answer.choices[0].message.content or "")

    return call
