"""The baselines' canned command."""

from cowboy.bench.baseline import COMMAND_BYTES
from tests.unit.bench.test_recording import answers, recording


def test_it_is_as_long_as_a_real_one() -> None:
    real = [len(answer) for answer in answers(recording(turns=50))]

    assert min(real) <= len(COMMAND_BYTES) <= max(real)
