"""Cowboy: AI players for the seats of a live, turn-based multiplayer game."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import Celery

    celery: Celery

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # `celery -A cowboy …` looks for this attribute. Found lazily, so that importing the pure parts of the
    # package never imports Celery.
    if name == "celery":
        from cowboy.app import app  # noqa: PLC0415

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
