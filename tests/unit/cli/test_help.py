"""The command line explains itself: every subcommand is listed and shows an example."""

import click
import pytest
from click.testing import CliRunner, Result

from cowboy import __version__
from cowboy.cli import COMMANDS, main


def cowboy(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="cowboy")


def test_the_help_names_every_subcommand_and_says_where_to_begin() -> None:
    done = cowboy("--help")
    assert done.exit_code == 0
    assert all(f"\n  {name} " in done.output for name in COMMANDS)
    assert all(f"cowboy {name}" in done.output for name in ("up", "match", "doctor"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_help_of_a_subcommand_says_what_it_does_and_shows_an_example(name: str, option: str) -> None:
    done = cowboy(name, option)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"Usage: cowboy {name}")
    _, _, examples = done.output.partition("Example")
    assert f"cowboy {name}" in examples


def _verbs() -> list[tuple[str, str]]:
    """(group, command) of all that are two words."""
    context = click.Context(main)
    groups = ((name, main.get_command(context, name)) for name in sorted(COMMANDS))
    return [(name, verb) for name, group in groups if isinstance(group, click.Group) for verb in group.commands]


@pytest.mark.parametrize(("group", "verb"), _verbs())
def test_the_help_of_a_command_of_two_words_does_so_too(group: str, verb: str) -> None:
    done = cowboy(group, verb, "--help")
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"Usage: cowboy {group} {verb} ")
    _, _, examples = done.output.partition("Example")
    assert f"cowboy {group} {verb}" in examples
    assert "--json" in done.output


OPERATORS = ("bots", "instances", "games", "turns")


def test_operators_have_their_commands() -> None:
    verbs = {name: {verb for group, verb in _verbs() if group == name} for name in OPERATORS}
    assert verbs == {
        "bots": {"list", "show", "teach", "pause", "resume", "move"},
        "instances": {"list", "show", "pause", "resume", "drain"},
        "games": {"list", "show", "teach", "pause", "resume", "stop", "assign", "usage"},
        "turns": {"show", "replay"},
    }


def test_the_version_is_that_of_the_package() -> None:
    assert cowboy("--version").output == f"cowboy, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("match", "--players", "5"),
        ("match", "--players", "one"),
        ("match", "--games", "0"),
        ("match", "--seed", "-1"),
        ("match", "--brains", "E=random"),
        ("match", "--brains", "A=genius"),
        ("match", "--brains", "A"),
        ("match", "surplus"),
        ("up", "--instances", "0"),
        ("bots", "nonsense"),
        ("bots", "list", "--status", "ASLEEP"),
        ("bots", "show"),
        ("games", "stop", "g1", "g2"),
        ("turns", "show"),
        ("turns", "show", "g1", "0"),
        ("turns", "replay", "g1"),
        ("turns", "replay", "g1", "1", "--times", "0"),
        ("brain", "check"),
        ("brain", "check", "search", "--games", "0"),
    ],
)
def test_wrong_usage_is_told_and_is_a_2(arguments: tuple[str, ...]) -> None:
    done = cowboy(*arguments)
    assert done.exit_code == 2
    assert "Error: " in done.output


def test_a_brain_that_is_not_there_is_told_with_those_that_are() -> None:
    assert "random" in cowboy("match", "--brains", "A=genius").output
