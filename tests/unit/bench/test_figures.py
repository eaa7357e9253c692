"""What measurements amount to."""

import pytest

from cowboy.bench.figures import AIMS, Aim, Figure, Loads, Measurement, Round, Spread


def measurement(p50_ms: float = 10, turns_per_second: float = 100) -> Measurement:
    return Measurement(
        turns=100, p50_ms=p50_ms, p99_ms=2 * p50_ms, turns_per_second=turns_per_second, cpu_ms_per_turn={}
    )


def one_round(**p50_ms: float) -> Round:
    return Round(systems={name: Loads(alone=measurement(ms), crowd=measurement(ms)) for name, ms in p50_ms.items()})


P50 = Figure("p50 ms", lambda loads: loads.alone.p50_ms, 1)


def test_the_quantiles_are_those_of_the_single_turns() -> None:
    measured = Measurement.of([float(ms) for ms in range(101)], 2.0, {})

    assert (measured.p50_ms, measured.p99_ms) == (50, 99)


def test_one_slow_turn_in_a_thousand_is_beyond_the_p99() -> None:
    assert Measurement.of([10.0] * 999 + [5000.0], 15.0, {}).p99_ms == 10


def test_the_rate_and_the_cpu_time_are_per_turn_that_counted() -> None:
    measured = Measurement.of([1.0] * 200, 4.0, {"bridge": 0.5, "worker-i1": 0.3})

    assert measured.turns_per_second == 50
    assert measured.cpu_ms_per_turn == {"bridge": 2.5, "worker-i1": 1.5}


def test_the_feeder_and_the_servers_are_no_part_of_the_system() -> None:
    used = {"feeder": 0.9, "redis": 0.9, "broker": 0.9, "bridge": 0.5, "worker-i1": 0.3}

    assert Measurement.of([1.0] * 100, 1.0, used).system_cpu_ms_per_turn == 8


def test_a_spread_shows_the_median_and_the_extremes() -> None:
    assert Spread.of([3.0, 1.0, 2.04]).show(1) == "2.0 (1.0–3.0)"


def test_a_single_round_shows_just_its_value() -> None:
    assert Spread.of([1.25]).show(2) == "1.25"


def test_a_ratio_is_taken_within_each_round() -> None:
    rounds = [one_round(ours=12, echo=10), one_round(ours=66, echo=60), one_round(ours=13, echo=10)]

    assert Aim(P50, "echo", "≤", 1.25).over(rounds) == pytest.approx(Spread(1.2, 1.1, 1.3))


@pytest.mark.parametrize(
    ("sign", "bound", "met"),
    [("≤", 1.3, True), ("≤", 1.2, True), ("≤", 1.1, False), ("≥", 1.1, True), ("≥", 1.3, False)],
)
def test_an_aim_is_met_up_to_its_bound_on_the_side_of_its_sign(sign: str, bound: float, met: bool) -> None:
    assert Aim(P50, "echo", sign, bound).met([one_round(ours=12, echo=10)]) is met


def test_a_single_bad_round_of_three_does_not_miss_an_aim() -> None:
    rounds = [one_round(ours=12, echo=10), one_round(ours=90, echo=10), one_round(ours=11, echo=10)]

    assert Aim(P50, "echo", "≤", 1.25).met(rounds)


def test_the_aims_are_named_by_figure_and_baseline() -> None:
    assert [f"{aim.name} {aim.text}" for aim in AIMS] == [
        "p50 ms, ours / echo ≤ 1.25",
        "p99 ms, ours / echo ≤ 1.5",
        "turns/s, ours / bare ≥ 0.8",
    ]
