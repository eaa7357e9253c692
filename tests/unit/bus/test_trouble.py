"""What a failed send says of the way to the broker, in words for people."""

import pytest
from kafka import errors

from cowboy.bus.trouble import reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.KafkaTimeoutError("Expiring 1 record(s)"), "the broker does not answer in time"),
        (errors.RequestTimedOutError(), "the broker does not answer in time"),
        (errors.KafkaConnectionError("111 ECONNREFUSED"), "there is no connection to the broker"),
        (errors.NodeNotReadyError(), "there is no connection to the broker"),
        (errors.NotEnoughReplicasError(), "the broker has too few replicas in sync"),
        (errors.SaslAuthenticationFailedError(), "the broker refuses the login"),
        (errors.TopicAuthorizationFailedError(), "the broker does not allow writing"),
        (errors.CorruptRecordError(), "the broker refuses messages"),
        (errors.IllegalStateError("KafkaProducer already closed!"), "messages cannot be sent to the broker"),
    ],
)
def test_a_reason_is_in_our_words(error: errors.KafkaError, reason: str) -> None:
    assert reason_of(error) == reason


@pytest.mark.parametrize(
    "error", [errors.MessageSizeTooLargeError(), errors.InvalidTopicError(), errors.UnknownTopicOrPartitionError()]
)
def test_what_concerns_one_message_or_topic_is_no_trouble(error: errors.KafkaError) -> None:
    assert reason_of(error) is None
