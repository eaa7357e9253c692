"""The echo baseline: one process reads events and answers each with a command. No turn can be faster on this bus.

A program: `python -m cowboy.bench.echo`. It ends by a signal.
"""

from cowboy.bench.baseline import COMMAND_BYTES, POLL_MS, key_of, topic_pairs
from cowboy.bus.consumer import Consumer
from cowboy.bus.producer import Producer
from cowboy.settings import settings


def main() -> None:
    """Answer for ever. A command counts once the broker has acknowledged it, here as everywhere."""
    input_of = topic_pairs(settings())
    with Consumer(settings()) as consumer, Producer(settings()) as producer:
        consumer.assign(dict.fromkeys(input_of))
        while True:
            records = consumer.poll(POLL_MS)
            on_their_way = [
                producer.send(input_of[record.topic], key_of(record.offset), COMMAND_BYTES) for record in records
            ]
            for sent in on_their_way:
                sent.wait()


if __name__ == "__main__":
    main()
