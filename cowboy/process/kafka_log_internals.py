"""What Cowboy knows of kafka-python 3.0's log lines: which of them are no news.

They are recognised by their texts and arguments, since kafka-python has no setting for them. `pyproject.toml` bounds
the version; `tests/unit/process/test_logs.py` fails when one of the lines changes.
"""

import logging


def quiet_kafka() -> None:
    """Drop the lines of this process that report daily life as an error."""
    logging.getLogger("kafka.net.transport").addFilter(_is_of_an_open_transport)
    logging.getLogger("kafka.cluster").addFilter(_is_no_unknown_topic)


def _is_of_an_open_transport(record: logging.LogRecord) -> bool:
    """Whether a line is about a connection that is not being closed.

    kafka-python closes a connection in one thread while another may still be reading it, and logs that as an error.
    """
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(hasattr(argument, "is_closing") and argument.is_closing() for argument in arguments)


def _is_no_unknown_topic(record: logging.LogRecord) -> bool:
    """Whether a line is about something else than a topic that the broker does not know.

    kafka-python logs an error for each such topic in each answer. Writing to the topic raises an error anyway, a reader
    finds out by itself, and topics come and go with the games.
    """
    return record.msg != "Topic %s not found in cluster metadata"
