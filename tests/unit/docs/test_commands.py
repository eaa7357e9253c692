"""Every command that a page prints is one: its name and options are known, and it is what the system runs itself."""

import shlex
import sys
import tomllib
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

import click
import pytest

from cowboy.brains.registry import GROUP
from cowboy.cli import COMMANDS, main
from cowboy.local.environment import local_settings
from cowboy.local.stack import stages
from cowboy.settings import Settings
from tests.unit.brains.packages import install, installed
from tests.unit.docs.pages import PAGES, ROOT, blocks, names_of, text_of

pytestmark = pytest.mark.usefixtures("plain_environment")

LOCAL_ONLY = {"redis", "broker"}
"""What a container's image brings instead of us."""


def printed_commands(page: Path, program: str) -> list[list[str]]:
    """The words of each command of `program` in a page's shell blocks, settings in front left out."""
    lines = (line for block in blocks(page) if block.language == "sh" for line in block.content.splitlines())
    commands = (shlex.split(line, comments=True) for line in lines)
    words = (list(dropwhile(lambda word: "=" in word, command)) for command in commands)
    return [command[1:] for command in words if command[:1] == [program]]


def parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """As click does it, down to the last subcommand, but nothing is run."""
    with command.make_context(name, words, parent=parent) as context:
        if isinstance(command, click.Group):
            verb, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            parse(inner, verb, rest, context)


def services(tmp_path: Path) -> dict[str, str]:
    """Service → command of `cowboy up --flower`, as one would type it."""
    both = stages(local_settings(Settings(home=tmp_path)), instances=2, flower=True, since=0)
    return {
        service.name: shlex.join(service.command).replace(sys.executable, "python")
        for stage in both
        for service in stage
        if service.name not in LOCAL_ONLY
    }


@pytest.fixture
def _own_brain(tmp_path: Path) -> Iterator[None]:
    """The example's brain is there, as on a reader's machine after `pip install`."""
    folder = ROOT / "examples/own_brain"
    about = tomllib.loads(text_of(folder / "pyproject.toml"))["project"]["entry-points"][GROUP]
    points = [f"{name} = {target}" for name, target in about.items()]
    install(tmp_path, "own_brain", text_of(folder / "own_brain.py"), *points)
    with installed(tmp_path):
        yield


@pytest.mark.usefixtures("_own_brain")
@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_every_cowboy_command_in_a_page_can_be_parsed(page: Path) -> None:
    for words in printed_commands(page, "cowboy"):
        parse(main, "cowboy", words)


def test_the_readme_names_every_command_that_a_stranger_needs() -> None:
    shown = {words[0] for words in printed_commands(ROOT / "README.md", "cowboy")}
    assert shown >= {"up", "match", "doctor", "arena", "manager", "bridge"}
    assert shown <= COMMANDS.keys()


def test_the_processes_that_the_readme_starts_by_hand_are_those_of_cowboy_up(tmp_path: Path) -> None:
    readme = ROOT / "README.md"
    typed = {
        shlex.join(["python", "-m", program, *words])
        for program in ("cowboy", "celery")
        for words in printed_commands(readme, program)
    }
    assert set(services(tmp_path).values()) <= typed


def test_the_diagram_shows_every_process_of_ours(tmp_path: Path) -> None:
    diagram = next(block for block in blocks(ROOT / "docs/architecture.md") if block.language == "mermaid").content
    ours = {name for name, command in services(tmp_path).items() if command.startswith("python -m cowboy ")}
    assert {name for name in ours if f"cowboy {name}<br/>" not in diagram} == set()
    assert "a Celery worker<br/>" in diagram
