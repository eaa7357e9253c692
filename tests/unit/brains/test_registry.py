"""Brains by name: ours and other packages', and what is said of a package that is broken."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cowboy.brains import registry
from cowboy.brains.brain import Brain
from cowboy.brains.registry import brain_names, build_brain, shared_brain
from cowboy.errors import BadPlugin, BadRequest, BadSetting
from cowboy.local.doctor import Health, check_brains
from cowboy.settings import Settings
from tests.unit.brains.packages import install, installed

OURS = {"greedy", "llm", "random", "search"}

pytestmark = pytest.mark.usefixtures("plain_environment")

QUACK = """
from cowboy.brains.brain import Decision
from cowboy.brains.greedy import GreedyBrain

built = []

class Duck(GreedyBrain):
    name = "duck"
    def __init__(self, settings):
        built.append(settings)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with installed(tmp_path):
        yield tmp_path


def test_a_brain_of_another_package_is_one_of_all(folder: Path) -> None:
    install(folder, "quack", QUACK, "duck = quack:Duck")
    assert {"duck"} | OURS <= set(brain_names())
    settings = Settings(search_budget_ms=7)
    assert build_brain("duck", settings).name == "duck"
    assert sys.modules["quack"].built == [settings]


def test_a_package_is_not_imported_before_its_brain_is_asked_for(folder: Path) -> None:
    install(folder, "quack", QUACK, "duck = quack:Duck")
    assert "duck" in brain_names()
    build_brain("greedy", Settings())
    assert "quack" not in sys.modules


def test_many_threads_share_one_brain_that_is_built_once(folder: Path) -> None:
    install(folder, "quack", QUACK, "duck = quack:Duck")
    with ThreadPoolExecutor(8) as pool:
        brains = set(pool.map(lambda _: id(shared_brain("duck", Settings())), range(32)))
    assert len(brains) == 1
    assert len(sys.modules["quack"].built) == 1


def test_an_unknown_brain_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadRequest, match=r"no brain 'genius'; there are .*greedy, .*llm, .*random, .*search"):
        build_brain("genius", Settings())


BROKEN = {
    "its module is missing": ("", "duck = gone:Duck", "cannot be built: ModuleNotFoundError: No module named 'gone'"),
    "its module raises": ("1 / 0", "duck = quack:Duck", "cannot be built: ZeroDivisionError"),
    "its object is missing": ("", "duck = quack:Duck", "cannot be built: AttributeError"),
    "it is no callable": ("Duck = 7", "duck = quack:Duck", "cannot be built: TypeError"),
    "building it fails": ("def Duck(_): raise OSError('no key')", "duck = quack:Duck", "built: OSError: no key"),
    "it is no brain": ("def Duck(_): return 'quack'", "duck = quack:Duck", "is a str, not a cowboy.brains.brain.Brain"),
    "it has another name": (QUACK, "goose = quack:Duck", "calls itself 'duck'; set its class's `name`"),
    "its name is inherited": (QUACK.replace("name =", "nome ="), "duck = quack:Duck", "calls itself 'greedy'"),
    "its name cannot be said": ("", "Big Duck! = quack:Duck", "under the name 'Big Duck!', which must match"),
    "its name is taken by us": (QUACK, "search = quack:Duck", "brought by Cowboy itself and package quack 1.0"),
}


@pytest.mark.parametrize(("code", "entry_point", "complaint"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_package_is_named_when_its_brain_is_asked_for_and_harms_no_other(
    folder: Path, code: str, entry_point: str, complaint: str
) -> None:
    install(folder, "quack", code, entry_point)
    name = entry_point.partition(" = ")[0]
    with pytest.raises(BadPlugin) as raised:
        build_brain(name, Settings())
    assert complaint in str(raised.value)
    assert f"package quack 1.0 (entry point {entry_point})" in str(raised.value)
    for other in OURS - {name}:
        assert isinstance(build_brain(other, Settings()), Brain)


def test_a_brain_of_ours_says_itself_what_is_wrong(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def build(settings: Settings) -> Brain:
        raise BadSetting("COWBOY_THING must be set")

    monkeypatch.setitem(registry._BUILDERS, "thing", build)
    with pytest.raises(BadSetting, match=r"^COWBOY_THING must be set$"):
        build_brain("thing", Settings())


def test_two_packages_with_one_name_are_both_named(folder: Path) -> None:
    install(folder, "quack", QUACK, "duck = quack:Duck")
    install(folder, "honk", QUACK, "duck = honk:Duck")
    with pytest.raises(BadPlugin, match=r"'duck' is brought by package honk 1\.0 .*and package quack 1\.0 .*uninstall"):
        build_brain("duck", Settings())


def test_the_doctor_names_what_cannot_be_built_beside_what_can(folder: Path) -> None:
    install(folder, "quack", "1 / 0", "duck = quack:Duck", "goose = quack:Goose")
    *broken, good = check_brains(Settings())
    assert [(finding.health, finding.saw[:12]) for finding in broken] == [
        (Health.POOR, "brain 'duck'"),
        (Health.POOR, "brain 'goose"),
    ]
    assert all("package quack 1.0" in finding.saw and finding.remedy for finding in broken)
    assert good.health == Health.GOOD
    assert set(good.saw.split(", ")) >= OURS


@pytest.mark.parametrize("brain", ["duck", "genius"])
def test_the_doctor_finds_a_default_brain_that_cannot_be_built_bad(folder: Path, brain: str) -> None:
    install(folder, "quack", "1 / 0", "duck = quack:Duck")
    bad = [finding for finding in check_brains(Settings(brain=brain)) if finding.health == Health.BAD]
    assert [finding.remedy for finding in bad] == ["set COWBOY_BRAIN to a brain that can be built"]


def test_naming_the_brains_loads_no_library_for_models() -> None:
    check = (
        "import sys, cowboy.brains.registry as registry; assert 'llm' in registry.brain_names();"
        "print(sorted(sys.modules.keys() & {'deepagents', 'langchain', 'langchain_core', 'langgraph', 'openai'}))"
    )
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
