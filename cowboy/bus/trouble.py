"""Why a producer cannot send, in our words."""

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
    """`reason` may be shown to callers; no send has succeeded since `since` (UTC)."""

    reason: str
    since: datetime


def reason_of(error: errors.KafkaError) -> str | None:
    """Why nothing can be sent; None if the error concerns one message or topic alone."""
    if isinstance(error, OF_THE_MESSAGE):
        return None
    fitting = (reason for kind, reason in REASONS if isinstance(error, kind))
    return next(fitting, "messages cannot be sent to the broker")
