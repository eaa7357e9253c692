"""What characters cost a turn: the CPU time of bridge and workers, with them and without, in turns.

    .venv/bin/python -m tests.turn_cost --rounds 3 --turns 400

The same recorded games of `random` bots are fed to the same processes as in `cowboy bench`, once to bots that are
nobody, once to characters that learn.
"""

import argparse
from collections.abc import Iterable
from statistics import median

import click

from cowboy.bench.figures import Measurement
from cowboy.bench.load import recorded_load
from cowboy.bench.measurement import measure
from cowboy.bench.recording import Recording
from cowboy.bench.rounds import private_settings
from cowboy.bench.systems import INSTANCES, SYSTEMS, System
from cowboy.settings import Settings
from cowboy.state.character_leases import Wish
from cowboy.state.state import State

OURS = next(system for system in SYSTEMS if system.name == "ours")


def _seat_characters(settings: Settings, recordings: Iterable[Recording]) -> None:
    """What the manager does at an assignment."""
    state, seated = State.of(settings), []
    for recording in recordings:
        claims = state.character_leases.claim(
            *(Wish(bot.instance, bot.game_id, bot.player_id) for bot in recording.bindings)
        )
        bots = [
            bot.model_copy(update={"character": claim.rider})
            for bot, claim in zip(recording.bindings, claims, strict=True)
        ]
        seated.append(recording._replace(bindings=tuple(bots)))
    OURS.assign(settings, seated)


WAYS: dict[str, System] = {
    "off": OURS,
    "inherit_on_death": System("characters", _seat_characters, OURS.services, decides=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=400)
    parser.add_argument("--games", type=int, default=20)
    asked = parser.parse_args()
    plain = Settings()
    load = recorded_load(plain, games=asked.games, turns=asked.turns, instances=INSTANCES)
    found: dict[str, list[Measurement]] = {mode: [] for mode in WAYS}
    for _ in range(asked.rounds):
        for mode, system in WAYS.items():
            changes = {"characters": mode, "character_limit": 4 * asked.games}
            with private_settings(plain.model_copy(update=changes)) as own:
                found[mode].append(measure(own, system, load))
            latest = found[mode][-1]
            click.echo(f"{mode}: {latest.system_cpu_ms_per_turn:.2f} CPU ms a turn {latest.cpu_ms_per_turn}")
    off, on = (median(one.system_cpu_ms_per_turn for one in some) for some in found.values())
    redis = [median(one.cpu_ms_per_turn["redis"] for one in some) for some in found.values()]
    click.echo(f"bridge and workers {off:.2f} ms a turn without, {on:.2f} with ({on / off - 1:+.1%}); Redis {redis} ms")


if __name__ == "__main__":
    main()
