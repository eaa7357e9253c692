"""Brains that ask the models of a provider, set up as an operator would: by a file."""

from pathlib import Path

import yaml

from cowboy.brains.llm.brain import LlmBrain
from cowboy.settings import Settings
from tests.provider import Provider

KEY = "sk-of-the-profile"


def write_profiles(provider: Provider, file: Path, *, key: str | None = KEY, **modes: str) -> Path:
    """A file with one profile for each keyword, its value the output mode."""
    profiles = {
        name: {"base_url": provider.base_url, "model": f"openai:{name}-7b", "api_key": key, "output_mode": mode}
        for name, mode in modes.items()
    }
    file.write_text(yaml.safe_dump({"profiles": profiles}))
    return file


class Models:
    """Builds brains for one provider, and closes them all in the end."""

    def __init__(self, provider: Provider, folder: Path) -> None:
        self._provider = provider
        self._folder = folder
        self._built: list[LlmBrain] = []

    def brain(self, *, key: str | None = KEY, **modes: str) -> LlmBrain:
        file = write_profiles(self._provider, self._folder / "llm.yaml", key=key, **modes)
        self._built.append(LlmBrain(Settings(llm_config_path=file, worker_threads=4)))
        return self._built[-1]

    def close(self) -> None:
        for brain in self._built:
            brain.close()
