"""A keeper that could not look calls nobody dead until everybody had the time to say that they live."""

from cowboy.liveness.guard import LivenessGuard


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_attention_is_full_from_the_first_look_and_while_looks_follow_each_other() -> None:
    clock = Clock()
    attention = LivenessGuard(4, 15, clock)
    for clock.now in (100.0, 103.0, 107.0):
        assert attention.is_full()


def test_after_a_break_it_takes_its_time() -> None:
    clock = Clock()
    attention = LivenessGuard(4, 15, clock)
    assert attention.is_full()
    for clock.now, full in (
        (105.0, False),
        (108.0, False),
        (112.0, False),
        (116.0, False),
        (119.9, False),
        (120.0, True),
    ):
        assert attention.is_full() == full


def test_a_second_break_begins_it_anew() -> None:
    clock = Clock()
    attention = LivenessGuard(4, 6, clock)
    attention.is_full()
    for clock.now, full in ((105.0, False), (110.0, False), (113.0, False), (116.0, True)):
        assert attention.is_full() == full
