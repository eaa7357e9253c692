"""One system for all tests here, which build upon one another, and a table of what they saw."""

from collections.abc import Iterator

import pytest

from tests.compose import engine
from tests.compose.games import Table

SEEN = pytest.StashKey[list[tuple[str, str]]]()


@pytest.fixture(scope="session")
def seen(pytestconfig: pytest.Config) -> list[tuple[str, str]]:
    """Lines for the table at the end: what, how much."""
    return pytestconfig.stash.setdefault(SEEN, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("what was seen")
    for what, how_much in config.stash.get(SEEN, []):
        terminalreporter.line(f"{what:<44} {how_much:>24}")


@pytest.fixture(scope="session")
def image(seen: list[tuple[str, str]]) -> str:
    """Built, and nothing of an earlier run left."""
    try:
        engine.docker("version")
    except engine.CommandFailed as error:
        pytest.exit(f"no container engine: {error}; name its command: make test-compose DOCKER=…", returncode=1)
    engine.down("-v")
    engine.compose("build")
    size = engine.docker("image", "inspect", "--format", "{{.Size}}", "cowboy")
    seen.append(("image", f"{int(size) / 1e6:.0f} MB"))
    return "cowboy"


@pytest.fixture(scope="session")
def system(image: str) -> Iterator[None]:
    """All services up and healthy; afterwards they are gone, with what they kept."""
    engine.down("-v")
    engine.up()
    yield
    engine.down("-v")


@pytest.fixture(scope="session")
def table(system: None) -> Iterator[Table]:
    token = engine.compose("exec", "-T", "manager", "cat", "/run/secrets/manager/token")
    made = Table(token)
    yield made
    made.close()


@pytest.fixture(scope="session")
def games(table: Table) -> Table:
    """Three games that do not end by themselves."""
    for _ in range(3):
        table.begin()
    table.go_on()
    return table
