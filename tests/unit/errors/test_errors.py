"""The tree of errors is the one its docstring draws, and each branch has the HTTP status of who has to act."""

import inspect
import re

import pytest

from cowboy import errors
from cowboy.errors import BadMessage, CallerError, CowboyError, OperatorError, StateRefused, Unsendable, WorldError


def classes() -> dict[str, type[CowboyError]]:
    return {
        name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, CowboyError)
    }


def drawn() -> dict[str, str]:
    """Error → its parent, as the docstring draws the tree: four columns to a level."""
    above: list[str] = []
    parents = {}
    for branch, name in re.findall(r"^    ([│├└─ ]*)(\w+)", errors.__doc__ or "", re.MULTILINE):
        del above[len(branch) // 4 :]
        if above or name == "CowboyError":
            parents[name] = above[-1] if above else "Exception"
            above.append(name)
    return parents


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert drawn() == {name: kind.__base__.__name__ for name, kind in classes().items()}


def test_every_error_says_what_it_is_for() -> None:
    assert all(kind.__doc__ for kind in classes().values())


@pytest.mark.parametrize("kind", classes().values())
def test_a_callers_mistake_is_a_4xx_and_the_worlds_a_502_or_503(kind: type[CowboyError]) -> None:
    if issubclass(kind, CallerError):
        assert 400 <= kind.status < 500
    elif issubclass(kind, WorldError):
        assert kind.status == (503 if kind is StateRefused else 502)
    else:
        assert kind in {CowboyError, Unsendable} or issubclass(kind, OperatorError)


def test_a_bad_message_keeps_its_bytes() -> None:
    assert BadMessage("odd", b"\xff").value == b"\xff"
