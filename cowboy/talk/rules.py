"""What an input does to a table: two sets of rules.

`Faithful` are those of the turn manager of chat channels that this one follows, with all that they leave open: time
runs out only when a member asks, a silent member never counts as one that has passed, a person always gives the word to
the first. `Ours`, the default, ends each of these.

`step` is pure: the time and the shuffle come in, and the table that comes out is another one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, assert_never

from cowboy.talk.speakers import ROUND_ROBIN, Shuffle, SpeakerRule, Standing, shuffled
from cowboy.talk.table import (
    Activated,
    Advanced,
    Asked,
    Discovered,
    Done,
    Expired,
    Heard,
    Input,
    Listed,
    MembersChanged,
    Outcome,
    Silenced,
    Step,
    Talk,
    TalkEvent,
    Urged,
)
from cowboy.talk.words import TURN_MS, Cause, Reason


class Faithful:
    """One step of a table by the rules as they are. Each `_` method of an input sets `self.talk` and answers.

    An input for a table that does not exist does nothing, unless it makes one.
    """

    def __init__(self, talk: Talk | None, now_ms: int, shuffle: Shuffle, rule: SpeakerRule = ROUND_ROBIN) -> None:
        self.exists = talk is not None
        self.talk = talk or Talk()
        self.now_ms = now_ms
        self.shuffle = shuffle
        self.rule = rule

    def take(self, event: Input) -> Outcome:  # noqa: PLR0911, PLR0912, C901  # one line for each input
        match event:
            case Discovered(members):
                return self._discovered(members)
            case Listed(members, turn_ms):
                return self._listed(members, turn_ms)
            case MembersChanged(add, remove):
                return self._members_changed(add, remove)
            case Asked(account, is_human):
                return self._asked(account, is_human=is_human)
            case _ if not self.exists:
                return Outcome(applied=False, cause="no_members")
            case Activated():
                return self._activated()
            case Heard(sender, is_human):
                return self._heard(sender, is_human=is_human)
            case Done(account, no_reply, turn_seq):
                return self._done(account, turn_seq, no_reply=no_reply)
            case Advanced():
                return self._advanced("advanced")
            case Expired(turn_seq):
                return self._expired(turn_seq)
            case Silenced():
                return self._silenced()
            case Urged(account, level):
                return self._urged(account, level)
            case _:
                assert_never(event)

    def _discovered(self, members: Sequence[str]) -> Outcome:
        if not self.exists:
            self._make(members, pre_populated=False)
            return Outcome(applied=True, cause="created")
        if set(members) == set(self.talk.order):
            return Outcome(applied=False, cause="unchanged")
        return self._rediscovered(members)

    def _rediscovered(self, members: Sequence[str]) -> Outcome:
        """All are shuffled anew; a speaker that is gone is followed by the first."""
        self._seat(self._enter(members))
        return Outcome(applied=True, cause="members")

    def _listed(self, members: Sequence[str], turn_ms: int = TURN_MS) -> Outcome:
        if not members:
            return Outcome(applied=False, cause="no_members")
        self._make(members, pre_populated=True, turn_ms=turn_ms)
        self._begin(self.talk.order)
        return Outcome(applied=True, cause="created")

    def _members_changed(self, add: Sequence[str], remove: Sequence[str]) -> Outcome:
        if not self.exists:
            return self._listed([member for member in add if member not in remove])
        stay = [member for member in self.talk.order if member not in remove]
        come = dict.fromkeys(member for member in add if member not in remove and member not in stay)
        self._seat((*stay, *come))
        return Outcome(applied=True, cause="members")

    def _activated(self) -> Outcome:
        if not self.talk.order:
            return Outcome(applied=False, cause="no_members")
        if self.talk.speaker is not None:
            return Outcome(applied=False, cause="already_active")
        self._begin_cycle(self.talk.order)
        return Outcome(applied=True, cause="activated")

    def _asked(self, account: str, *, is_human: bool) -> Outcome:  # noqa: ARG002  # our rules look at it
        talk = self.talk
        if not talk.order:
            return Outcome(applied=False, cause="no_members", allowed=True, reason="no_turn_state")
        if account not in talk.order:
            return Outcome(applied=False, cause="unchanged", allowed=True, reason="not_in_turn_order")
        if talk.speaker is None:
            return Outcome(applied=False, cause="unchanged", reason="dormant")
        if talk.expired(self.now_ms):
            self._run_out()
            if self.talk.speaker == account:
                return Outcome(applied=True, cause="expired", allowed=True, reason="timeout_advanced_to_self")
            return Outcome(applied=True, cause="expired", reason="timeout_advanced_to_other")
        if talk.speaker == account:
            return Outcome(applied=False, cause="unchanged", allowed=True, reason="is_current_speaker")
        return Outcome(applied=False, cause="unchanged", reason="not_current_speaker")

    def _heard(self, sender: str | None, *, is_human: bool) -> Outcome:
        talk = self.talk
        if not talk.order:
            return Outcome(applied=False, cause="no_members")
        if is_human:
            self.talk = replace(talk, spoken_ms=0)
        if talk.speaker is None:
            if sender in talk.order:
                self._begin_cycle(self._after(sender))
            else:
                self._begin_cycle(self._for_a_person())
            return Outcome(applied=True, cause="person" if is_human else "woken")
        if is_human:
            self._begin_cycle(self._for_a_person())
            return Outcome(applied=True, cause="person")
        return Outcome(applied=False, cause="unchanged")

    def _done(self, account: str, turn_seq: int | None, *, no_reply: bool) -> Outcome:
        talk = self.talk
        if turn_seq not in (None, talk.turn_seq):
            return Outcome(applied=False, cause="stale_turn")
        if talk.speaker is None or account != talk.speaker:
            return Outcome(applied=False, cause="not_speaker")
        if no_reply:
            return self._passed("passed")
        urgency = {**talk.urgency, account: 0}
        self.talk = replace(talk, passed=(), last_spoke=account, spoken_ms=self.now_ms, urgency=urgency)
        return self._advanced("spoke")

    def _passed(self, cause: Cause) -> Outcome:
        """The speaker has nothing to say."""
        talk = self.talk
        self.talk = replace(talk, passed=(*dict.fromkeys((*talk.passed, talk.speaker or "")),))
        if set(talk.order) <= set(self.talk.passed):
            self._fall_silent(passed=())
            return Outcome(applied=True, cause="all_passed")
        return self._advanced(cause)

    def _advanced(self, cause: Cause) -> Outcome:
        talk = self.talk
        if talk.speaker is None:
            return Outcome(applied=False, cause="unchanged")
        waiting = [member for member in self._after(talk.speaker) if member not in talk.passed]
        if waiting:
            self._begin(waiting)
        else:
            self._fall_silent(passed=talk.passed)
        return Outcome(applied=True, cause=cause)

    def _expired(self, turn_seq: int) -> Outcome:
        if turn_seq != self.talk.turn_seq or not self.talk.expired(self.now_ms):
            return Outcome(applied=False, cause="stale_turn")
        self._run_out()
        return Outcome(applied=True, cause="expired")

    def _silenced(self) -> Outcome:
        if self.talk.speaker is None:
            self.talk = replace(self.talk, passed=(), changed_ms=self.now_ms)
        else:
            self._fall_silent(passed=())
        return Outcome(applied=True, cause="reset")

    def _urged(self, account: str, level: int) -> Outcome:
        if account not in self.talk.order or self.talk.urgency.get(account, 0) == level:
            return Outcome(applied=False, cause="unchanged")
        self.talk = replace(self.talk, urgency={**self.talk.urgency, account: level})
        return Outcome(applied=True, cause="unchanged")

    # What the inputs have in common. `Ours` replaces some of these.

    def _enter(self, members: Sequence[str]) -> tuple[str, ...]:
        """The order in which newcomers of a new table sit."""
        return tuple(shuffled(members, self.shuffle))

    def _for_a_person(self) -> Sequence[str]:
        """The members that may answer a person, the first of them first."""
        return self.talk.order

    def _run_out(self) -> None:
        """The speaker's time is over: the word goes on."""
        self._advanced("expired")

    def _follow_the_removed(self, before: Talk) -> None:  # noqa: ARG002  # our rules look at it
        """The speaker has left the order; `before` is the table with it."""
        if self.talk.order:
            self._begin(self.talk.order)
        else:
            self._fall_silent(passed=self.talk.passed)

    def _choose(self, members: Sequence[str]) -> str:
        return members[0]

    def _make(self, members: Sequence[str], *, pre_populated: bool, turn_ms: int = TURN_MS) -> None:
        """A table of its own, with these members, in place of what was there. Its turns are counted on."""
        self.talk = Talk(
            self._enter(members),
            changed_ms=self.now_ms,
            turn_seq=self.talk.turn_seq,
            pre_populated=pre_populated,
            turn_ms=turn_ms,
        )
        self.exists = True

    def _seat(self, order: tuple[str, ...]) -> None:
        """This is the order from now on."""
        before = self.talk
        passed = tuple(member for member in before.passed if member in order)
        self.talk = replace(before, order=order, passed=passed, changed_ms=self.now_ms)
        if before.speaker is not None and before.speaker not in order:
            self._follow_the_removed(before)

    def _begin_cycle(self, members: Sequence[str]) -> None:
        self.talk = replace(self.talk, passed=())
        self._begin(members)

    def _begin(self, members: Sequence[str]) -> None:
        """One of them has the word from now on."""
        talk = self.talk
        speaker = self._choose(members)
        turns = {**talk.turns, speaker: talk.turns.get(speaker, 0) + 1}
        self.talk = replace(talk, speaker=speaker, changed_ms=self.now_ms, turn_seq=talk.turn_seq + 1, turns=turns)

    def _fall_silent(self, passed: tuple[str, ...]) -> None:
        self.talk = replace(
            self.talk, speaker=None, passed=passed, changed_ms=self.now_ms, turn_seq=self.talk.turn_seq + 1
        )

    def _after(self, member: str | None) -> Sequence[str]:
        """The ring from the one after this member, which comes last; the whole order for one that is not in it."""
        order = self.talk.order
        start = order.index(member) + 1 if member in order else 0
        return (*order[start:], *order[:start])


class Ours(Faithful):
    """One step of a table by the rules that it has by default.

    A turn that runs out counts as passed, so a table of dead bots falls silent after a round. The word of a speaker
    that leaves goes to the next, not to the first. A newcomer sits at the end, nobody is shuffled anew. A
    change of nothing is none. Nobody sits twice. A person is answered by the one after the last that spoke. What comes
    after the end of a turn is refused. A bot may not speak at a table that does not exist. A silent table has nobody
    that has passed.
    """

    def _rediscovered(self, members: Sequence[str]) -> Outcome:
        return self._members_changed(members, [member for member in self.talk.order if member not in members])

    def _members_changed(self, add: Sequence[str], remove: Sequence[str]) -> Outcome:
        gone = set(remove)
        order = self.talk.order
        if self.exists and gone.isdisjoint(order) and set(add) - gone <= set(order):
            return Outcome(applied=False, cause="unchanged")
        return super()._members_changed(add, remove)

    def _asked(self, account: str, *, is_human: bool) -> Outcome:
        if is_human:
            reason: Reason = "not_in_turn_order" if self.talk.order else "no_turn_state"
            return Outcome(applied=False, cause="unchanged", allowed=True, reason=reason)
        if not self.exists:
            return Outcome(applied=False, cause="no_members", reason="no_turn_state")
        return super()._asked(account, is_human=is_human)

    def _done(self, account: str, turn_seq: int | None, *, no_reply: bool) -> Outcome:
        if account == self.talk.speaker and turn_seq in (None, self.talk.turn_seq) and self.talk.expired(self.now_ms):
            self._run_out()
            return Outcome(applied=False, cause="stale_turn")
        return super()._done(account, turn_seq, no_reply=no_reply)

    def _heard(self, sender: str | None, *, is_human: bool) -> Outcome:
        outcome = super()._heard(sender, is_human=is_human)
        if outcome.applied and sender in self.talk.order:
            self.talk = replace(self.talk, last_spoke=sender)
        return outcome

    def _enter(self, members: Sequence[str]) -> tuple[str, ...]:
        return super()._enter([*dict.fromkeys(members)])

    def _seat(self, order: tuple[str, ...]) -> None:
        before = self.talk
        super()._seat(order)
        talk = self.talk
        self.talk = replace(
            talk,
            last_spoke=self._place_of(before.last_spoke, before.order),
            turns={member: turns for member, turns in talk.turns.items() if member in order},
            urgency={member: level for member, level in talk.urgency.items() if member in order},
        )

    def _for_a_person(self) -> Sequence[str]:
        return self._after(self.talk.last_spoke)

    def _run_out(self) -> None:
        self._passed("expired")

    def _follow_the_removed(self, before: Talk) -> None:
        follows = self._after(self._place_of(before.speaker, before.order))
        waiting = [member for member in follows if member not in self.talk.passed]
        if waiting:
            self._begin(waiting)
        else:
            self._fall_silent(passed=())

    def _choose(self, members: Sequence[str]) -> str:
        return self.rule.choose(members, Standing(self.talk.turns, self.talk.urgency), self.shuffle)

    def _fall_silent(self, passed: tuple[str, ...]) -> None:  # noqa: ARG002  # nobody has, in silence
        super()._fall_silent(passed=())

    def _place_of(self, member: str | None, order: Sequence[str]) -> str | None:
        """The member after which the ring goes on as it did after this one of an earlier order; None: none."""
        here = self.talk.order
        if member in here or member not in order:
            return member if member in here else None
        after = order.index(member) + 1
        next_here = next((one for one in (*order[after:], *order[:after]) if one in here), None)
        return None if next_here is None else here[here.index(next_here) - 1]


class Rules(NamedTuple):
    """A set of rules, and which of the members is next."""

    name: Literal["faithful", "ours"] = "ours"
    speakers: SpeakerRule = ROUND_ROBIN

    def step(self, talk: Talk | None, event: Input, now_ms: int, shuffle: Shuffle) -> Step:
        """What the input does to the table. The table that is passed is not changed."""
        turn = _STEPS[self.name](talk, now_ms, shuffle, self.speakers)
        outcome = turn.take(event)
        if not turn.exists:
            return Step(None, outcome)
        return Step(turn.talk, outcome, tuple(_told(talk or Talk(), turn.talk, outcome.cause)))


_STEPS: dict[str, type[Faithful]] = {"faithful": Faithful, "ours": Ours}


def _told(before: Talk, after: Talk, cause: Cause) -> Iterable[TalkEvent]:
    if cause == "stale_turn":
        cause = "expired"
    told = (after.turn_seq, after.speaker, before.speaker, after.deadline_ms, after.order)
    if before.order != after.order:
        yield TalkEvent("members", cause, *told)
    if before.turn_seq == after.turn_seq:
        return
    if after.speaker is not None:
        yield TalkEvent("handoff", cause, *told)
    else:
        yield TalkEvent("reset" if cause == "reset" else "dormant", cause, *told)
