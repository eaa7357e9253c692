"""The option `--brain` of the commands that start a system: what its bots think with where nobody says otherwise."""

import click

from cowboy.brains.registry import brain_names
from cowboy.local.model import LOCAL, asking_model
from cowboy.settings import Settings

THINKING = click.Choice([*brain_names(), LOCAL])
"""A brain, or `local`: the `llm` brain with a model on this machine."""


def thinking(settings: Settings, brain: str | None) -> Settings:
    """The settings of a system on this machine whose bots think so. Raises `BadSetting`."""
    if brain == LOCAL:
        return asking_model(settings)
    return settings if brain is None else settings.model_copy(update={"brain": brain})
