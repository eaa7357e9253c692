"""The image has what its services need, in the versions that are tested, and nothing else."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def locked(name: str) -> dict[str, str]:
    """Package → version and hashes, as a lock file has them."""
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([a-z0-9.-]+)(==(?:.*\\\n)*.*)$", text, re.MULTILINE))


def test_what_the_image_has_is_what_is_tested() -> None:
    tested = locked("requirements.lock")
    assert {name: pin for name, pin in locked("requirements-image.lock").items() if tested.get(name) != pin} == {}


def test_the_image_has_all_that_we_require_and_nothing_of_an_extra() -> None:
    required, extra = set(), set()
    for requirement in map(Requirement, metadata.requires("cowboy") or []):
        without_extra = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        (required if without_extra else extra).add(canonicalize_name(requirement.name))
    assert locked("requirements-image.lock").keys() & (required | extra) == required


def test_a_package_is_known_by_its_hashes_and_not_by_an_address() -> None:
    lock = (ROOT / "requirements-image.lock").read_text()
    assert "://" not in lock
    assert all("--hash=sha256:" in pin for pin in locked("requirements-image.lock").values())
