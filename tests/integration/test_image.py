"""What the image leaves out is not needed there."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.provider import running_provider

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]

ROOT = Path(__file__).parents[2]

# Imports every module of ours but the tests', and Flower; then has a model asked, at which deepagents imports more.
AS_IN_THE_IMAGE = """
import re, sys
from importlib import import_module, metadata
from pathlib import Path
from pkgutil import walk_packages

lock, profiles = map(Path, sys.argv[1:])
kept = {*re.findall("^([a-z0-9.-]+)==", lock.read_text(), re.MULTILINE), "cowboy"}
plain = lambda name: re.sub("[-_.]+", "-", name).lower()
left_out = {m for m, owners in metadata.packages_distributions().items() if not kept & set(map(plain, owners))}

class Image:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in left_out:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, Image())
assert {"pytest", "anthropic"} <= left_out
for package in map(import_module, ("cowboy", "manager_api", "consumers", "flower.command")):
    for module in walk_packages(getattr(package, "__path__", ()), package.__name__ + "."):
        # The one that is left out runs a model on a laptop, and is imported by that process alone.
        if not module.name.endswith(("__main__", "local.model_server")):
            import_module(module.name)

from cowboy.brains.guard import decide_guarded
from cowboy.brains.registry import build_brain
from cowboy.brains.brain import Situation
from cowboy.settings import Settings
from tests.tables import table

brain = build_brain("llm", Settings(llm_config_path=profiles))
print(decide_guarded(brain, Situation(table=table("g1"), seconds_left=60, profile="saloon", bot_id="bot-0")).outcome)
"""


def test_every_module_is_imported_and_a_model_asked_without_what_the_image_leaves_out(tmp_path: Path) -> None:
    profiles = tmp_path / "llm.yaml"
    with running_provider() as provider:
        profiles.write_text(f"profiles:\n  saloon:\n    base_url: {provider.base_url}\n    model: m\n")
        done = subprocess.run(
            [sys.executable, "-c", AS_IN_THE_IMAGE, str(ROOT / "requirements-image.lock"), str(profiles)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.stdout.strip(), done.stderr) == ("ok", "")
