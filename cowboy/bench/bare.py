"""The bare-pipeline baseline: Kafka → consumer → empty Celery task → Kafka, and nothing else.

The bus client and Celery's configuration are the product's own: what it lacks is our work, not our care. Its transport
is kombu's as it comes. Two programs, which end by a signal: the consumer is `python -m cowboy.bench.bare`, a worker
`celery -A cowboy.bench.bare worker`.
"""

import functools
from itertools import cycle

from celery import Celery

from cowboy.bench.baseline import COMMAND_BYTES, POLL_MS, key_of, topic_pairs
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.settings import settings

QUEUES = ("bare.1", "bare.2")
"""One for each worker, as the product's instances have theirs."""

app = Celery("bare")
app.config_from_object("celeryconfig")


@app.task(name="cowboy.bench.answer")  # type: ignore[untyped-decorator]  # Celery ships no types
def answer(topic: str, key: str) -> None:
    """Send the canned command; done once the broker has acknowledged it."""
    _producer().send(topic, key, COMMAND_BYTES).wait()


@functools.cache
def _producer() -> Producer:
    return Producer(settings())


def main() -> None:
    """Queue a task for each event, for ever, on the workers in turn."""
    input_of = topic_pairs(settings())
    queues = cycle(QUEUES)
    with Consumer(settings()) as consumer:
        consumer.assign(dict.fromkeys(input_of))
        while True:
            records = consumer.poll(POLL_MS)
            with app.producer_or_acquire() as producer:
                for record in records:
                    arguments = (input_of[record.topic], key_of(record.offset))
                    answer.apply_async(
                        arguments, queue=next(queues), producer=producer, argsrepr=str(arguments), kwargsrepr="{}"
                    )


if __name__ == "__main__":
    main()
