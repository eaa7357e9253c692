"""The table of every Redis key of ours. Each stands behind `Settings.key_prefix`.

    key                    type    content                                       written by    lives
    ---------------------  ------  --------------------------------------------  ------------  -------------------
    games                  set     ids of assigned games: the bridge reads them  manager       until the game ends
    game:<game>            string  assigned game (JSON): turn timeout, people    manager       until the game ends
    bindings:<game>        hash    player id → binding (JSON)                    all           until the game ends
    stopped:<game>         hash    bot id → binding of a bot that was taken off  all           history ttl
                                   its seat (JSON)
    ended:<game>           string  that bots were taken off it for good: nobody  all           history ttl
                                   is to give it others unasked
    bots                   hash    bot id → its seat: "<game> <player>"          manager       until it is stopped
    seats                  hash    "<game> <player>" → instance that hosts the   manager,      until it is stopped
                                   bot: the places that are taken                keeper
    lessons                zset    "<game> <player>" → when its lesson must be   manager,      until acknowledged
                                   acknowledged (ms)                             keeper
    told:<game>            hash    player id → the lesson that a caller wrote    manager       until the game ends
                                   for its bot (JSON)
    table:<game>           hash    table (JSON), turn_no, player_id (to act),    bridge (Lua)  until the game ends
                                   opened_ms, deadline_ms, rescue_ms (when a
                                   keeper plays the turn itself), position
                                   (next offset of the output topic),
                                   queued_turn (the last one dispatched)
    due                    zset    game → when its open turn is to be looked at  bridge,       until the game ends
                                   (ms)                                          worker,
                                                                                 keeper (Lua)
    recent:<game>          list    last step events in short (JSON), newest      bridge (Lua)  until the game ends
                                   first
    player:<bot>           hash    what a bot remembers: notes, counters of its  worker (Lua)  until it is stopped
                                   turns (turns, turn_no, outcome:<outcome>,
                                   fallbacks, speeches, spoke_at), last_speech,
                                   guide (JSON: version and rules as taught)
    claim:<game>           hash    claim of the latest turn: turn_no, fence,     worker,       until the game ends,
                                   holder, role, lesson, lease_until, decision   keeper,       deadline + 1 h at most
                                   (JSON), command_id, first_id, attempt,        bridge (Lua)
                                   noted, state
    records:<game>         list    one line per decided turn (JSON), oldest      worker (Lua)  history ttl
                                   first
    transcripts:<game>     hash    turn_no modulo 200 → transcript of the turn   worker        history ttl
                                   (JSON, deflated, base64)
    failures:<provider>    string  how often a provider of models failed in a    worker        5 min after the last
                                   row
    resting:<provider>     string  there while it is left alone                  worker        2 min at most
    bucket:<provider>      string  when its next request comes free (ms)         worker (Lua)  until that time
    usage:<game>           hash    "<bot> <what>" and "<what>" for all: tokens   worker (Lua)  history ttl
                                   in and out, cost (millionths), answers, and
                                   turns that a budget refused
    spent:<profile>:<day>  hash    the same of all with a profile, "<what>"      worker (Lua)  8 days
                                   only
    mode:<model>           string  output mode that suits a provider's model     worker        a day at most
    probing:<model>        string  there while somebody finds that out           worker        a minute
    talk:<game>            hash    talk at a game's table: state (JSON),         keepers,      until the game ends
                                   last_step (of the last event heard),          workers,
                                   rests_until (ms), sent (of the history, to    bridge (Lua)
                                   the topic), "paid_until <player>" (ms): a
                                   person may say more from a moment before
    talk_inbox:<game>      list    what was heard of the game for its talk       bridge (Lua)  until a keeper takes
                                   (JSON), oldest first                                        it in
    talk_history:<game>    stream  the last 200 messages of the talk (JSON)      as the talk   until the game ends
    talk_due               zset    game → when a keeper has to look at its       as the talk   until the game ends
                                   talk (ms); none while nothing is to be done
    talk_closing           zset    game that is over → when the topic of its     bridge (Lua)  until it is gone
                                   talk may go (ms)
    talk_muted             set     "bot <id>", "game <id>", "instance <name>":   manager       until it is undone, or
                                   what is to be silent                                        the game ends
    instances              hash    instance → what the incarnation is that has   worker (Lua)  until it stops
                                   the name (JSON)
    instance_beats         zset    instance → time of that incarnation's last    worker (Lua)  until it stops
                                   heartbeat (s)
    incarnations:<name>    hash    incarnation → "<time of its last heartbeat   worker (Lua)  dead after + 1 s
                                   (s)> <what it is (JSON)>"
    instance_incarnations  hash    instance → the incarnation of it whose bots   keeper        until it is cleared
                                   are taught
    closed_instances       hash    instance → why an operator wants it to take   manager       until it is opened
                                   no more bots
    bridges                zset    bridge → time of its last heartbeat (s)       bridge (Lua)  until it stops
    leases                 hash    game → lease of the bridge that reads it:     bridge (Lua)  until the game ends
                                   "<fence> <bridge>"
    lease_count            string  the last fence that was given out             bridge (Lua)  for ever
    keepers                zset    keeper → time of its last heartbeat (s)       keeper        until it stops
    processes              hash    process → how it is (JSON)                    each process  until it stops
    process_beats          zset    process → time of its last heartbeat (s)      each process  until it stops
    probe                  string  there while somebody asks whether Redis       manager       100 ms
                                   takes writes
    dead_letters           list    unreadable messages (JSON), newest first      readers       the last 1,000
    dead_letter_counts     hash    reader → how many there ever were             readers       for ever
    character:<name>       hash    record of a character, by its name in lower   manager,      until it is cleaned
                                   case: cowboy.characters.record, holder        bridge,       up; living and
                                   ("<fence> <token>", '' for none),             worker (Lua)  retired ones for ever
                                   counted_game, tombstone ("<when made> <when
                                   dead>" of a predecessor that was removed)
    characters:idle        zset    living characters that nobody has → when      all (Lua)     for ever
                                   they were active last (ms), 0 for never, and
                                   less for heirs that never were
    characters:held        zset    those that sit on a seat → when the lease     all (Lua)     for ever
                                   ends (ms)
    characters:dead        zset    dead ones → when they died (ms)               bridge (Lua)  until cleaned up
    characters:retired     zset    retired ones → since when (ms)                manager (Lua) for ever
    characters:names       set     every name that a character or a horse ever   all (Lua)     for ever
                                   had, in lower case
    characters:counter     string  the last number given to a name               all (Lua)     for ever
    characters:totals      hash    what all characters ever did, by counter of   all (Lua)     for ever
                                   their records; characters: how many
    characters:meta        hash    mode: how far their knowledge goes            all (Lua)     for ever
    characters:unreadable  list    files, and why they could not be imported     manager       the last 1,000
    characters:holds:<owner>  hash  "<fence> <token> <character>" → "<game>      all (Lua)     until it has none
                                    <player>": what it renews, a hint; the
                                    record decides
    deeds:<game>           hash    turn, hp (JSON), kills <player>, won: what    bridge (Lua)  history ttl
                                   was counted of the game for its characters
    knowledge:<scope>      hash    what a character knows, by its name in lower  bridge (Lua)  as its record;
                                   case; or all, by `shared`: "<kind>                          `shared` for ever
                                   <subject>" → fact (JSON), bytes of all facts,
                                   generation (deaths in its line)
    watch:<game>           hash    turn_no up to which was learned from a game,  bridge (Lua)  history ttl after
                                   map (its fingerprint)                                       the last event
    opinions:<name>        list    what a character's model noted of its last    worker,       as its record
                                   games (JSON), newest first                    manager (Lua)
    lock:<name>            string  a short lock, holder's token                  manager       seconds
    answer:<key>           string  answer to a request with an idempotency key   manager       a day
                                   (JSON)

    arena:games            set     ids of games whose end is not published       arena         until the game ends
    arena:game:<game>      hash    record: game (JSON), input_position (next     arena         history ttl after end
                                   offset of the input topic)
    arena:seen:<game>      set     command ids that were processed               arena         as the game
    arena:audit:<game>     stream  one entry per processed command               arena         as the game
    arena:outbox           list    events not yet acknowledged by the broker,    arena         until published
                                   oldest first: type, game, JSON
    arena:deadlines        zset    game → when its turn runs out (ms)            arena         until the game ends
    arena:closing          zset    finished game → when its topics may go (ms)   arena         until they are gone
    arena:default_map      string  the map for games that bring none (JSON)      arena         for ever
    bell                   channel names of topics that were silent and have a   producers of  nothing is kept
                                   message now, for their readers                the embedded
                                                                                 broker

Celery's own keys (queues `bots.<instance>`, `unacked…`, `_kombu.…`) stand behind `<prefix>celery:`.
"""

from typing import NamedTuple


class Keys(NamedTuple):
    """Builds the names in the table above."""

    prefix: str

    @property
    def celery_prefix(self) -> str:
        return f"{self.prefix}celery:"

    @property
    def games(self) -> str:
        return f"{self.prefix}games"

    def game(self, game_id: str) -> str:
        return f"{self.prefix}game:{game_id}"

    def bindings(self, game_id: str) -> str:
        return f"{self.prefix}bindings:{game_id}"

    def table(self, game_id: str) -> str:
        return f"{self.prefix}table:{game_id}"

    @property
    def due(self) -> str:
        return f"{self.prefix}due"

    def recent(self, game_id: str) -> str:
        return f"{self.prefix}recent:{game_id}"

    def stopped(self, game_id: str) -> str:
        return f"{self.prefix}stopped:{game_id}"

    def ended(self, game_id: str) -> str:
        return f"{self.prefix}ended:{game_id}"

    def talk(self, game_id: str) -> str:
        return f"{self.prefix}talk:{game_id}"

    def talk_inbox(self, game_id: str) -> str:
        return f"{self.prefix}talk_inbox:{game_id}"

    def talk_history(self, game_id: str) -> str:
        return f"{self.prefix}talk_history:{game_id}"

    @property
    def talk_due(self) -> str:
        return f"{self.prefix}talk_due"

    @property
    def talk_closing(self) -> str:
        return f"{self.prefix}talk_closing"

    @property
    def talk_muted(self) -> str:
        return f"{self.prefix}talk_muted"

    @property
    def bots(self) -> str:
        return f"{self.prefix}bots"

    @property
    def seats(self) -> str:
        return f"{self.prefix}seats"

    @property
    def lessons(self) -> str:
        return f"{self.prefix}lessons"

    def told(self, game_id: str) -> str:
        return f"{self.prefix}told:{game_id}"

    def player(self, bot_id: str) -> str:
        return f"{self.prefix}player:{bot_id}"

    def claim(self, game_id: str) -> str:
        return f"{self.prefix}claim:{game_id}"

    def records(self, game_id: str) -> str:
        return f"{self.prefix}records:{game_id}"

    def transcripts(self, game_id: str) -> str:
        return f"{self.prefix}transcripts:{game_id}"

    def failures(self, provider: str) -> str:
        return f"{self.prefix}failures:{provider}"

    def resting(self, provider: str) -> str:
        return f"{self.prefix}resting:{provider}"

    def bucket(self, provider: str) -> str:
        return f"{self.prefix}bucket:{provider}"

    def usage(self, game_id: str) -> str:
        return f"{self.prefix}usage:{game_id}"

    def spent(self, profile: str, day: str) -> str:
        return f"{self.prefix}spent:{profile}:{day}"

    def mode(self, model_of_provider: str) -> str:
        return f"{self.prefix}mode:{model_of_provider}"

    def probing(self, model_of_provider: str) -> str:
        return f"{self.prefix}probing:{model_of_provider}"

    @property
    def instances(self) -> str:
        return f"{self.prefix}instances"

    @property
    def instance_beats(self) -> str:
        return f"{self.prefix}instance_beats"

    def incarnations(self, name: str) -> str:
        return f"{self.prefix}incarnations:{name}"

    @property
    def instance_incarnations(self) -> str:
        return f"{self.prefix}instance_incarnations"

    @property
    def closed_instances(self) -> str:
        return f"{self.prefix}closed_instances"

    @property
    def bridges(self) -> str:
        return f"{self.prefix}bridges"

    @property
    def leases(self) -> str:
        return f"{self.prefix}leases"

    @property
    def lease_count(self) -> str:
        return f"{self.prefix}lease_count"

    @property
    def keepers(self) -> str:
        return f"{self.prefix}keepers"

    @property
    def processes(self) -> str:
        return f"{self.prefix}processes"

    @property
    def process_beats(self) -> str:
        return f"{self.prefix}process_beats"

    @property
    def probe(self) -> str:
        return f"{self.prefix}probe"

    @property
    def bell(self) -> str:
        return f"{self.prefix}bell"

    @property
    def dead_letters(self) -> str:
        return f"{self.prefix}dead_letters"

    @property
    def dead_letter_counts(self) -> str:
        return f"{self.prefix}dead_letter_counts"

    def character(self, name: str) -> str:
        return f"{self.prefix}character:{name}"

    @property
    def characters_idle(self) -> str:
        return f"{self.prefix}characters:idle"

    @property
    def characters_held(self) -> str:
        return f"{self.prefix}characters:held"

    @property
    def characters_dead(self) -> str:
        return f"{self.prefix}characters:dead"

    @property
    def characters_retired(self) -> str:
        return f"{self.prefix}characters:retired"

    @property
    def characters_names(self) -> str:
        return f"{self.prefix}characters:names"

    @property
    def characters_counter(self) -> str:
        return f"{self.prefix}characters:counter"

    @property
    def characters_totals(self) -> str:
        return f"{self.prefix}characters:totals"

    @property
    def characters_meta(self) -> str:
        return f"{self.prefix}characters:meta"

    @property
    def characters_unreadable(self) -> str:
        return f"{self.prefix}characters:unreadable"

    def characters_holds(self, owner: str) -> str:
        return f"{self.prefix}characters:holds:{owner}"

    def deeds(self, game_id: str) -> str:
        return f"{self.prefix}deeds:{game_id}"

    def knowledge(self, scope: str) -> str:
        return f"{self.prefix}knowledge:{scope}"

    def watch(self, game_id: str) -> str:
        return f"{self.prefix}watch:{game_id}"

    def opinions(self, name: str) -> str:
        return f"{self.prefix}opinions:{name}"

    def lock(self, name: str) -> str:
        return f"{self.prefix}lock:{name}"

    def answer(self, key: str) -> str:
        return f"{self.prefix}answer:{key}"

    @property
    def arena_games(self) -> str:
        return f"{self.prefix}arena:games"

    def arena_game(self, game_id: str) -> str:
        return f"{self.prefix}arena:game:{game_id}"

    def arena_seen(self, game_id: str) -> str:
        return f"{self.prefix}arena:seen:{game_id}"

    def arena_audit(self, game_id: str) -> str:
        return f"{self.prefix}arena:audit:{game_id}"

    @property
    def arena_outbox(self) -> str:
        return f"{self.prefix}arena:outbox"

    @property
    def arena_deadlines(self) -> str:
        return f"{self.prefix}arena:deadlines"

    @property
    def arena_closing(self) -> str:
        return f"{self.prefix}arena:closing"

    @property
    def arena_default_map(self) -> str:
        return f"{self.prefix}arena:default_map"
