"""The pages that are made from the code are what the code says now."""

import pytest

from cowboy.settings import Settings, environment_name
from docs.generate import FOLDER, PAGES

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: .venv/bin/python -m docs.generate"


def test_every_setting_is_named_once() -> None:
    page = PAGES["configuration.md"]()
    for field in Settings.model_fields:
        assert page.count(f"\n| `{environment_name(field)}` |") == 1, field
