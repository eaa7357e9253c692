"""A season of talk through Redis: speakers that are killed, slow, muted or doubled, and people that break in.

    python -m tests.talk_season 10000 redis://127.0.0.1:6379/15

plays so many turns to speak at four tables, as several workers and keepers would, and judges by what is published.
Time-outs do not take their minute: the beginning of a turn is put back.
"""

import random
import sys
import uuid
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from cowboy.game.wire.talk import TalkMessage
from cowboy.settings import Settings
from cowboy.state.client import connect
from cowboy.state.keys import Keys
from cowboy.state.talk import Talks
from cowboy.talk.table import Activated, Input, Listed, Talk
from cowboy.talk.words import TURN_MS

BOTS = ("B", "C", "D")
TABLES = 4


class Season(NamedTuple):
    """What came of it: turns to speak, double speakers, stuck tables, and how many turns each bot had."""

    turns: int
    remarks: int
    doubled: int
    stuck: int
    skipped: int
    shares: dict[str, int]

    @property
    def spread(self) -> float:
        """By how much the bot with the most turns had more than the one with the fewest, as a share of the latter."""
        return max(self.shares.values()) / min(self.shares.values()) - 1


def _members(talk: Talk | None) -> list[Input]:
    return [Listed(BOTS)] if talk is None or not talk.order else []


class Table:
    """One game's table and the clients that act at it."""

    def __init__(self, clients: list[Talks], keys: Keys, game_id: str) -> None:
        self.clients, self.keys, self.game_id = clients, keys, game_id
        self.published: list[TalkMessage] = []
        clients[0]._redis.set(keys.game(game_id), "{}")
        clients[0].look(game_id, _members)

    def play(self, chance: random.Random) -> None:
        """One turn to speak."""
        talks = chance.choice(self.clients)
        talk = talks.get(self.game_id)
        assert talk is not None
        if talk.speaker is None:
            if chance.random() < 0.5:
                talks.hear(self.game_id, "A", "Anybody?")
            else:
                talks.take(self.game_id, Activated())
            self.keep(chance)
            return
        speaker, seq, happens = talk.speaker, talk.turn_seq, chance.random()
        if happens < 0.08:  # killed
            self._run_out(talk)
        elif happens < 0.16:  # slow: a person breaks in, then the remark comes
            talks.hear(self.game_id, "A", "Hey!")
            talks.speak(self.game_id, speaker, seq, f"{seq}: as I was saying.")
        elif happens < 0.24:  # too late
            self._run_out(talk)
            talks.speak(self.game_id, speaker, seq, f"{seq}: sorry, I dozed off.")
        elif happens < 0.35:  # muted, or nothing to say
            talks.pass_on(self.game_id, speaker, seq)
        else:  # spoken, by two processes that both have the task
            for client in chance.sample(self.clients, 2):
                client.speak(self.game_id, speaker, seq, f"{seq}: aye.")
        self.keep(chance)

    def keep(self, chance: random.Random) -> None:
        """As a talk keeper does; now and then one dies before it has settled."""
        talks = chance.choice(self.clients)
        talks.look(self.game_id, _members)
        overdue = talks.unsent(self.game_id)
        assert overdue is not None
        self.published += [message for _, message in overdue.unsent]
        if chance.random() > 0.05:
            talks.settle(self.game_id, overdue.stored, overdue.unsent[-1][0] if overdue.unsent else overdue.sent)

    def _run_out(self, talk: Talk) -> None:
        late = replace(talk, changed_ms=talk.changed_ms - TURN_MS - 1).to_json()
        self.clients[0]._redis.hset(self.keys.talk(self.game_id), "state", late)

    @property
    def is_stuck(self) -> bool:
        """Somebody has the word, and no keeper will look when that is over."""
        talk = self.clients[0].get(self.game_id)
        due = self.clients[0]._redis.zscore(self.keys.talk_due, self.game_id)
        return talk is not None and talk.speaker is not None and due is None


def season(settings: Settings, turns: int, seed: int = 7) -> Season:
    """Play a season. The same seed is the same season."""
    chance = random.Random(seed)
    keys = Keys(settings.key_prefix)
    clients = [Talks(connect(settings), keys) for _ in range(3)]
    tables = [Table(clients, keys, f"g{number}") for number in range(TABLES)]
    for turn in range(turns):
        tables[turn % TABLES].play(chance)
    stuck = sum(table.is_stuck for table in tables)
    remarks, doubled, skipped, shares = 0, 0, 0, Counter[str]()
    for table in tables:
        messages = {message.message_id: message for message in table.published}
        holders = {told.turn_seq: told.player_id for told in messages.values() if told.event_type == "handoff"}
        ends = [told.turn_seq for told in messages.values() if told.event_type in {"handoff", "dormant", "reset"}]
        said = [told for told in messages.values() if told.event_type == "remark" and not told.human]
        remarks += len(said)
        doubled += sum(told.player_id != holders.get(told.turn_seq) for told in said)
        doubled += len(said) - len({told.turn_seq for told in said})
        skipped += len(set(range(1, max(ends) + 1)) - set(ends))
        shares.update(holder for holder in holders.values() if holder)
        for key in clients[0]._redis.scan_iter(f"{keys.prefix}*{table.game_id}"):
            clients[0]._redis.delete(key)
    return Season(turns, remarks, doubled, stuck, skipped, dict(shares))


if __name__ == "__main__":
    played = season(Settings(redis_url=sys.argv[2], key_prefix=f"season-{uuid.uuid4().hex[:8]}:"), int(sys.argv[1]))
    sys.stdout.write(f"{played} spread {played.spread:.3f}\n")
