"""Talk: who has the word at each game's table, and what was said there.

A change is made in Python, by the rules of `cowboy.talk`, from the state that was read, and stored if that state still
stands; else it is made anew. So the rules are written once, in the language in which they are tested; and a table has a
handful of writers, who rarely meet. State, history and what a keeper has to do next change in one step. Time is
Redis's.

Listeners cannot wait for an answer, so what they hear goes to an inbox that a keeper takes in.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from cowboy.errors import Conflict
from cowboy.game.wire.talk import TalkMessage
from cowboy.process.milliseconds import redis_ms
from cowboy.state.client import Call, Redis, call_all, script, state_errors
from cowboy.state.due import HOLD_MS, taking_overdue
from cowboy.state.keys import Keys
from cowboy.talk.rules import Rules
from cowboy.talk.table import Done, Expired, Heard, Input, Outcome, Talk, TalkEvent, Urged

CHANGE_ATTEMPTS = 100
"""After so many lost races for one table the cause is an error, not other processes."""

HISTORY_LENGTH = 200
PAGE = 50
"""Messages of the history that are read at a time."""
INBOX_AT_ONCE = 50
SHOWN_TO_A_BOT = 12
"""The last remarks that a bot is told."""

MINUTE_MS = 60_000
PERSON_AT_ONCE = 5
"""Remarks that a person may make one right after the other."""

Entries: TypeAlias = list[tuple[str, Mapping[str, str]]]
"""Of a stream: an id and fields each."""


class Known(NamedTuple):
    """The talk of a game as it stood at `now_ms`; `talk` is None if there is none yet. `inbox` is what was heard."""

    now_ms: int
    is_assigned: bool
    talk: Talk | None
    stored: str
    inbox: tuple[Mapping[str, Any], ...] = ()


class Change(NamedTuple):
    """What came of some inputs: the talk afterwards, the outcome of the last one, and what it tells."""

    talk: Talk | None
    outcome: Outcome
    messages: tuple[TalkMessage, ...] = ()

    def and_then(self, after: "Change") -> "Change":
        """Both, as one change."""
        return after._replace(messages=(*self.messages, *after.messages))


class Remark(NamedTuple):
    """Something that a player says, to all or to one seat. `id` tells it from all others of the game.

    `command_id` is that of the command by which it was said, None for what was said beside the game.
    """

    player_id: str
    text: str
    to: str | None
    human: bool
    id: str
    command_id: str | None = None


class Overdue(NamedTuple):
    """The talk of a game that a keeper has to look at, as it stood at `now_ms`.

    `unsent` are the messages after those that were sent on. `asked` is the turn to speak whose speaker was asked last.
    """

    game_id: str
    now_ms: int
    talk: Talk
    stored: str
    unsent: tuple[tuple[str, TalkMessage], ...]
    sent: str
    asked: int


class Talks:
    """The talk of all games. Thread-safe. Raises `StateError`, and `Conflict` if others never stop changing it.

    Of a game that is not assigned, a change is none.
    """

    def __init__(self, client: Redis, keys: Keys, rules: Rules | None = None, *, topic_grace_ms: int = 0) -> None:
        self._redis = client
        self._keys = keys
        self.rules = rules or Rules()
        self._topic_grace_ms = topic_grace_ms
        self._admit_remark = script(client, "admit_remark")
        self._read_talk = script(client, "read_talk")
        self._read_unsent = script(client, "read_unsent")
        self._swap_talk = script(client, "swap_talk")
        self._hear_talk = script(client, "hear_talk")
        self._settle_talk = script(client, "settle_talk")
        self._forget_talk = script(client, "forget_talk")
        self._take_overdue = taking_overdue(client)

    # -- what changes it ----------------------------------------------------------------------------------------------

    def take(self, game_id: str, *inputs: Input) -> Change:
        """Apply these inputs, one after the other, in one step."""
        return self._change(game_id, lambda known: self._steps(game_id, known, inputs), inbox=0)

    def speak(self, game_id: str, player_id: str, turn_seq: int, text: str) -> Change:
        """The bot that has the word says something in its turn, or nothing if that turn is over: look at `outcome`."""
        remark = Remark(player_id, text, None, human=False, id=f"{turn_seq} {player_id}")
        done = Done(player_id, no_reply=False, turn_seq=turn_seq)

        def spoken(known: Known) -> Change:
            change = self._steps(game_id, known, [done])
            if not change.outcome.applied:
                return change
            return change._replace(messages=(_said(game_id, remark, known), *change.messages))

        return self._change(game_id, spoken, inbox=0)

    def pass_on(self, game_id: str, player_id: str, turn_seq: int) -> Change:
        """The bot that has the word has nothing to say."""
        return self.take(game_id, Done(player_id, no_reply=True, turn_seq=turn_seq))

    def hear(self, game_id: str, player_id: str, text: str, to: str | None = None) -> Change:
        """A person says something, to all or to one seat, and is heard at once."""
        remark = Remark(player_id, text, to, human=True, id=uuid.uuid4().hex)
        heard = Heard(player_id, is_human=True)
        return self._change(game_id, lambda known: self._remarked(game_id, known, remark, heard), inbox=0)

    def admit(self, game_id: str, player_id: str, per_minute: int) -> int:
        """Let a person say something, and count it. Returns 0, or after how many milliseconds it may."""
        keys = self._keys
        with state_errors(f"admitting a remark in game {game_id}"):
            return int(
                self._admit_remark(
                    keys=[keys.talk(game_id), keys.game(game_id)],
                    args=[player_id, MINUTE_MS // per_minute, PERSON_AT_ONCE],
                )
            )

    def look(self, game_id: str, members: Callable[[Talk | None], Iterable[Input]]) -> Change:
        """Take in what was heard, end a turn that has run out, and apply what `members` says for the talk as it is.

        For a keeper. `members` may be called several times.
        """

        def looked(known: Known) -> Change:
            change = self._steps(game_id, known, members(known.talk))
            for heard in known.inbox:
                change = change.and_then(self._taken_in(game_id, known._replace(talk=change.talk), heard))
            if change.talk is not None and change.talk.expired(known.now_ms):
                over = [Expired(change.talk.turn_seq)]
                change = change.and_then(self._steps(game_id, known._replace(talk=change.talk), over))
            return change

        return self._change(game_id, looked, inbox=INBOX_AT_ONCE)

    # -- what reads it ------------------------------------------------------------------------------------------------

    def get(self, game_id: str) -> Talk | None:
        """The talk as it stands; None if the game has none."""
        with state_errors(f"reading the talk of game {game_id}"):
            stored = self._redis.hget(self._keys.talk(game_id), "state")
        return Talk.from_json(stored) if isinstance(stored, str) else None

    def history(self, game_id: str, player_id: str | None = None) -> list[TalkMessage]:
        """The last messages that a seat may know of, oldest first; for None those that everybody may."""
        with state_errors(f"reading what was said in game {game_id}"):
            entries: Entries = self._redis.xrevrange(self._keys.talk_history(game_id), count=HISTORY_LENGTH)  # type: ignore[assignment]
        return [message for _, message in _messages(reversed(entries)) if message.heard_by(player_id)]

    def remarks(self, game_id: str, player_id: str) -> list[TalkMessage]:
        """The last remarks that a seat has heard or made, oldest first."""
        newest = self._newest_first(game_id)
        heard = (message for message in newest if message.event_type == "remark" and message.heard_by(player_id))
        return list(islice(heard, SHOWN_TO_A_BOT))[::-1]

    def _newest_first(self, game_id: str) -> Iterator[TalkMessage]:
        """The history, read no further than it is asked for: most of it are hand-offs."""
        end, left = "+", HISTORY_LENGTH
        while left > 0:
            with state_errors(f"reading what was said in game {game_id}"):
                entries: Entries = self._redis.xrevrange(self._keys.talk_history(game_id), max=end, count=PAGE)  # type: ignore[assignment]
            yield from (message for _, message in _messages(entries))
            if len(entries) < PAGE:
                return
            end, left = f"({entries[-1][0]}", left - PAGE

    def lately(self, game_id: str, ms: int) -> list[TalkMessage]:
        """The remarks of the last so many milliseconds, of the last messages that are kept, private ones too."""
        with state_errors(f"reading what was said in game {game_id}"):
            since = redis_ms(self._redis.time()) - ms
            entries: Entries = self._redis.xrange(self._keys.talk_history(game_id), min=str(since))  # type: ignore[assignment]
        return [message for _, message in _messages(entries) if message.event_type == "remark"]

    # -- who is to be silent ------------------------------------------------------------------------------------------

    def mute(self, what: str, name: str, *, muted: bool = True) -> None:
        """Silence a `bot`, a `game` or an `instance`, or let it speak again."""
        with state_errors(f"muting {what} {name}"):
            change = self._redis.sadd if muted else self._redis.srem
            change(self._keys.talk_muted, f"{what} {name}")

    def muted(self) -> set[str]:
        """What is silent: a kind and a name each."""
        with state_errors("reading who is muted"):
            return set(self._redis.smembers(self._keys.talk_muted))  # type: ignore[arg-type]

    # -- what listeners send along ------------------------------------------------------------------------------------

    def hearing(
        self,
        game_id: str,
        heard: Input | None = None,
        *,
        remark: Remark | None = None,
        step_seq: int = 0,
        rest_ms: int = 0,
    ) -> Call:
        """The call that has a keeper take something in, or look at the members if that is nothing.

        An event is heard once, by its `step_seq`. For `rest_ms` nothing else of the kind is heard.
        """
        entry: dict[str, object] = {}
        if heard is not None:
            entry = {"input": [type(heard).__name__, *heard], "remark": remark and remark._asdict()}
        keys = self._keys
        return Call(
            self._hear_talk,
            keys=[keys.talk(game_id), keys.talk_inbox(game_id), keys.talk_due, keys.game(game_id)],
            args=[game_id, step_seq, json.dumps(entry) if entry else "", rest_ms],
        )

    def forgetting(self, game_id: str, bots: Iterable[str] = ()) -> Call:
        """The call that forgets a game's talk. Safe when repeated."""
        keys = self._keys
        return Call(
            self._forget_talk,
            keys=[
                keys.talk_due,
                keys.talk_closing,
                keys.talk_muted,
                keys.talk(game_id),
                keys.talk_inbox(game_id),
                keys.talk_history(game_id),
            ],
            args=[game_id, self._topic_grace_ms, f"game {game_id}", *(f"bot {bot_id}" for bot_id in bots)],
        )

    def forget(self, game_id: str) -> None:
        """As `forgetting`, at once."""
        with state_errors(f"forgetting the talk of game {game_id}"):
            call_all(self._redis, [self.forgetting(game_id)])

    # -- for keepers --------------------------------------------------------------------------------------------------

    def due(self, most: int) -> list[str]:
        """Take the games whose talk is to be looked at. No other caller is given them for `HOLD_MS`."""
        with state_errors("reading whose talk is due"):
            return self._overdue(self._keys.talk_due, most)

    def _overdue(self, key: str, most: int) -> list[str]:
        _, *games = self._take_overdue(keys=[key], args=[most, HOLD_MS])
        return [str(game_id) for game_id in games]

    def unsent(self, game_id: str) -> Overdue | None:
        """What is to be sent on; None if there is no talk."""
        keys = self._keys
        with state_errors(f"reading the talk of game {game_id}"):
            now_ms, *talk = self._read_unsent(keys=[keys.talk(game_id), keys.talk_history(game_id)])
        if not talk:
            return None
        stored, sent, asked, entries = talk
        unsent = tuple((at, TalkMessage.model_validate_json(message)) for at, (_, message) in entries)
        return Overdue(game_id, int(now_ms), Talk.from_json(stored), stored, unsent, sent, int(asked))

    def settle(self, game_id: str, stored: str, sent: str, *, asked: int = 0, ask_ms: int | None = None) -> None:
        """All up to `sent` was sent on, and the speaker of the turn `asked` was asked.

        The talk is due again at `ask_ms`; for None when the turn of the state that is stored has run out.
        """
        talk = Talk.from_json(stored) if stored else None
        deadline_ms = talk.deadline_ms if talk is not None else None
        due_ms = ask_ms if ask_ms is not None else deadline_ms + 1 if deadline_ms is not None else ""
        keys = self._keys
        with state_errors(f"settling the talk of game {game_id}"):
            self._settle_talk(
                keys=[keys.talk(game_id), keys.talk_inbox(game_id), keys.talk_history(game_id), keys.talk_due],
                args=[game_id, sent, due_ms, stored, asked],
            )

    def closing(self, most: int) -> list[str]:
        """Take games that are over and whose topic may go. No other caller is given them for `HOLD_MS`."""
        with state_errors("reading which talk is over"):
            return self._overdue(self._keys.talk_closing, most)

    def closed(self, game_id: str) -> None:
        """The topic of a game's talk is gone."""
        with state_errors(f"forgetting the topic of game {game_id}"):
            self._redis.zrem(self._keys.talk_closing, game_id)

    # -- how a change is made -----------------------------------------------------------------------------------------

    def _change(self, game_id: str, make: Callable[[Known], Change], inbox: int) -> Change:
        for _ in range(CHANGE_ATTEMPTS):
            known = self._read(game_id, inbox)
            if not known.is_assigned:
                return Change(None, Outcome(applied=False, cause="no_members"))
            change = make(known)
            state = change.talk.to_json() if change.talk is not None else ""
            is_new = state != known.stored or change.messages or known.inbox
            if not is_new or change.talk is None or self._swap(game_id, known, state, change.messages):
                return change
        raise Conflict(f"the talk of game {game_id} is changed all the time; try again")

    def _read(self, game_id: str, inbox: int) -> Known:
        keys = self._keys
        with state_errors(f"reading the talk of game {game_id}"):
            now_ms, is_assigned, stored, *heard = self._read_talk(
                keys=[keys.talk(game_id), keys.talk_inbox(game_id), keys.game(game_id)], args=[inbox]
            )
        talk = Talk.from_json(stored) if stored else None
        return Known(int(now_ms), bool(is_assigned), talk, stored, tuple(map(json.loads, heard)))

    def _swap(self, game_id: str, known: Known, state: str, messages: Sequence[TalkMessage]) -> bool:
        keys = self._keys
        with state_errors(f"changing the talk of game {game_id}"):
            swapped = self._swap_talk(
                keys=[
                    keys.talk(game_id),
                    keys.talk_inbox(game_id),
                    keys.talk_history(game_id),
                    keys.talk_due,
                    keys.game(game_id),
                ],
                args=[
                    game_id,
                    known.stored,
                    state,
                    len(known.inbox),
                    HISTORY_LENGTH,
                    *(message.to_json() for message in messages),
                ],
            )
        return bool(swapped)

    def _steps(self, game_id: str, known: Known, inputs: Iterable[Input]) -> Change:
        talk, outcome, messages = known.talk, Outcome(applied=False, cause="unchanged"), []
        for event in inputs:
            # The same game at the same point is shuffled the same way by every process, however often.
            chance = random.Random(f"{game_id} {talk.turn_seq if talk is not None else 0}")  # noqa: S311  # no secret
            talk, outcome, events = self.rules.step(talk, event, known.now_ms, chance.shuffle)
            messages += [_told(game_id, told, talk, known.now_ms) for told in events if talk is not None]
        return Change(talk, outcome, tuple(messages))

    def _taken_in(self, game_id: str, known: Known, heard: Mapping[str, Any]) -> Change:
        """What comes of an entry of the inbox."""
        if heard["remark"] is None:
            return self._steps(game_id, _seated(known), [_input(heard)])
        return self._remarked(game_id, known, Remark(**heard["remark"]), _input(heard))

    def _remarked(self, game_id: str, known: Known, remark: Remark, event: Input) -> Change:
        """A remark stands in the history before what comes of it."""
        seated = _seated(known)
        change = self._steps(game_id, seated, [event])
        return change._replace(messages=(_said(game_id, remark, seated), *change.messages))


def _seated(known: Known) -> Known:
    """With a talk without members where there is none yet: what is said before the table begins is heard, too."""
    return known._replace(talk=known.talk or Talk(changed_ms=known.now_ms))


def _messages(entries: Iterable[tuple[str, Mapping[str, str]]]) -> Iterator[tuple[str, TalkMessage]]:
    return ((at, TalkMessage.model_validate_json(fields["message"])) for at, fields in entries)


def _input(heard: Mapping[str, Any]) -> Input:
    name, *fields = heard["input"]
    kinds: dict[str, type[Heard | Done | Urged]] = {"Heard": Heard, "Done": Done, "Urged": Urged}
    return kinds[name](*fields)


def _said(game_id: str, remark: Remark, known: Known) -> TalkMessage:
    """The message that tells a remark, made in the turn to speak that is known."""
    return TalkMessage(
        game_id=game_id,
        message_id=f"remark {remark.id}",
        event_type="remark",
        cause="person" if remark.human else "spoke",
        turn_seq=known.talk.turn_seq if known.talk is not None else 0,
        player_id=remark.player_id,
        text=remark.text,
        to=remark.to,
        human=remark.human,
        command_id=remark.command_id,
        created_at=_moment(known.now_ms),
    )


def _told(game_id: str, told: TalkEvent, talk: Talk, now_ms: int) -> TalkMessage:
    return TalkMessage(
        game_id=game_id,
        message_id=f"{told.type} {told.turn_seq}" if told.type != "members" else f"members {uuid.uuid4().hex}",
        event_type=told.type,
        cause=told.cause,
        turn_seq=told.turn_seq,
        player_id=told.speaker,
        previous=told.previous,
        order=told.order,
        passed=talk.passed,
        deadline=_moment(told.deadline_ms) if told.deadline_ms is not None else None,
        created_at=_moment(now_ms),
    )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
