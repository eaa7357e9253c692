"""What is Celery's: the application, how tasks travel, and the instance that a worker is.

`celery -A cowboy …` finds the application here.
"""

from cowboy.celery.application import app

__all__ = ["app"]
