"""Celery tasks. Thin: each builds nothing, decides nothing, and hands on to the module that does."""

from cowboy.tasks.decide import decide_command
from cowboy.tasks.speak import speak_remark
from cowboy.tasks.teach import teach_game

__all__ = ["decide_command", "speak_remark", "teach_game"]
