"""A game followed on its Kafka output topic: what happened, and whose turn it is, from the events alone.

With `make demo` running in another terminal, and the id of a game (it stands in the address of its page):

    COWBOY_BROKER=tansu .venv/bin/python examples/read_topics.py GAME_ID

Shows the two parts that the bridge is made of: `cowboy.bus` reads, `cowboy.game.turns` understands. A topic is gone a
few seconds after the end of its game, so the game must still be on.
"""

import sys

from cowboy.bus.consumer import Record
from cowboy.bus.reader import TopicReader
from cowboy.game.turns import News, Table, follow
from cowboy.game.wire.messages import StepEvent
from cowboy.settings import settings


def main(game_id: str) -> None:
    """From the first event to the last."""
    table: Table | None = None
    news = News.NOTHING
    with TopicReader(settings(), StepEvent, _refuse) as reader:
        reader.follow({game_id: None})
        while news != News.FINISHED:
            for event, record in (message for batch in reader.poll(wait_ms=500) for message in batch.messages):
                table, news, _ = follow(table, event)
                command = event.command.command_type if event.command else "-"
                print(f"{record.offset:4} {event.event_type:15} {event.result_status:17} {command:7} {_state(table)}")


def _refuse(record: Record, reason: str) -> None:
    print(f"{record.offset:4} cannot be read: {reason}")


def _state(table: Table | None) -> str:
    if table is None:
        return "not yet known"
    names = {player.player_id: player.player_name for player in table.state.players}
    return f"turn {table.turn_no}: {names.get(table.current_player_id or '', 'nobody')} to act"


if __name__ == "__main__":
    main(sys.argv[1])
