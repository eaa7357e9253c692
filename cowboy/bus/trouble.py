"""Why Kafka failed, in texts of ours: kafka-python's own repeat whole requests."""

from datetime import datetime
from typing import NamedTuple

from kafka import errors

REASONS: tuple[tuple[type[errors.KafkaError], str], ...] = (
    (errors.NotEnoughReplicasError, "the broker has too few replicas in sync"),
    (errors.NotEnoughReplicasAfterAppendError, "the broker has too few replicas in sync"),
    (errors.SaslAuthenticationFailedError, "the broker refuses the login"),
    (errors.AuthorizationError, "the broker does not allow writing"),
    (errors.RequestTimedOutError, "the broker does not answer in time"),
    (errors.KafkaTimeoutError, "the broker does not answer in time"),
    (errors.KafkaConnectionError, "there is no connection to the broker"),
    (errors.NodeNotReadyError, "there is no connection to the broker"),
    (errors.BrokerResponseError, "the broker refuses messages"),
)
"""The first that fits counts."""

OF_THE_MESSAGE = (errors.MessageSizeTooLargeError, errors.InvalidTopicError, errors.UnknownTopicOrPartitionError)
"""These say something of one message or its topic, nothing of the way to the broker."""


class Trouble(NamedTuple):
    """`reason` may be shown to callers; nothing could be sent, or read, since `since` (UTC)."""

    reason: str
    since: datetime


def reason_not_to_read(error: BaseException | None) -> str:
    """Why nothing can be read. Where no error of the library is known, no broker could be reached."""
    if isinstance(error, errors.AuthorizationError):
        return "the broker does not allow reading"
    reason = reason_of(error) if isinstance(error, errors.KafkaError) else "there is no connection to the broker"
    return reason or "messages cannot be read from the broker"


def reason_of(error: errors.KafkaError) -> str | None:
    """Why nothing can be sent; None if the error concerns one message or topic alone."""
    if isinstance(error, OF_THE_MESSAGE):
        return None
    fitting = (reason for kind, reason in REASONS if isinstance(error, kind))
    return next(fitting, "messages cannot be sent to the broker")


OTHERS: tuple[tuple[type[errors.KafkaError], str], ...] = (
    (errors.AuthorizationError, "the broker does not allow it to the user that logged in; give that user the right"),
    (errors.InvalidReplicationFactorError, "the cluster has fewer brokers than COWBOY_TOPIC_REPLICATION_FACTOR"),
    (errors.MessageSizeTooLargeError, "the message is larger than is taken (COWBOY_MAX_MESSAGE_BYTES, or the broker)"),
    (errors.UnknownTopicOrPartitionError, "the topic is not there"),
    (errors.InvalidTopicError, "the topic has a name that the broker does not take"),
)
"""Goes before `REASONS`."""


def explain(error: errors.KafkaError) -> str:
    """What an error of kafka-python means, with the name of its class to look up."""
    fitting = (reason for kind, reason in (*OTHERS, *REASONS[:-1]) if isinstance(error, kind))
    return f"{next(fitting, 'the broker fails')} ({type(error).__name__})"
