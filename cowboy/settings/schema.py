"""All settings: what is not about Redis or Kafka, and what settings of different parts owe each other."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cowboy.game.words import BRAIN_NAME_PATTERN
from cowboy.settings.addresses import BaseUrl, Bind, BindAddress, Hosts
from cowboy.settings.files import UserPath
from cowboy.settings.kafka import KafkaSettings
from cowboy.settings.redis import RedisSettings
from cowboy.settings.secret import Secret

SWEPT_AFTER_SECONDS = 120
"""A topic of a finished game that comes back is made by somebody who is late by seconds, and is swept in less."""


class Settings(KafkaSettings, RedisSettings):
    """All settings of all processes. Frozen; build it once with `load_settings`."""

    # -- where things are ---------------------------------------------------------------------------------------
    home: UserPath = Field(
        Path(".cowboy"),
        validation_alias="COWBOY_HOME",
        description="Folder for everything the embedded servers write: data, logs, process ids.",
    )

    # -- who listens and who is called ---------------------------------------------------------------------------
    arena_bind: BindAddress = Field(
        Bind("127.0.0.1:8000"),
        validation_alias="COWBOY_ARENA_BIND",
        description="The arena's public base URL: page, `/v2`, WebSocket stream.",
    )
    game_manager_bind: BindAddress = Field(
        Bind("127.0.0.1:8081"),
        validation_alias="GAME_MANAGER_BIND",
        description="The arena's internal side: `/v2`, `/internal/v2`, `/health`. Not for the public.",
    )
    bot_manager_bind: BindAddress = Field(
        Bind("127.0.0.1:8090"),
        validation_alias="BOT_MANAGER_BIND",
        description="The bot manager API. Beyond loopback it refuses to start without COWBOY_MANAGER_TOKEN.",
    )
    flower_bind: BindAddress = Field(
        Bind("127.0.0.1:5555"),
        validation_alias="COWBOY_FLOWER_BIND",
        description="Flower, when `cowboy up --flower` starts it.",
    )
    model_bind: BindAddress = Field(
        Bind("127.0.0.1:8070"),
        validation_alias="COWBOY_MODEL_BIND",
        description="The local model's server, when `cowboy up --brain local` starts it. Loopback only.",
    )
    game_manager_base_url: BaseUrl = Field(
        "http://127.0.0.1:8081",
        validation_alias="GAME_MANAGER_BASE_URL",
        description="The game backend's manager, asked for a game at assignment and for recovery.",
    )
    bot_manager_base_url: BaseUrl = Field(
        "http://127.0.0.1:8090",
        validation_alias="BOT_MANAGER_BASE_URL",
        description="The bot manager, called by the arena when it creates a game.",
    )
    manager_token: Secret | None = Field(
        None,
        validation_alias="COWBOY_MANAGER_TOKEN",
        min_length=16,
        description="Bearer token that callers of the bot manager API must send, when set.",
    )
    http_timeout_seconds: float = Field(
        10.0,
        validation_alias="COWBOY_HTTP_TIMEOUT_SECONDS",
        gt=0,
        le=120,
        description="Bound on every HTTP call between our services.",
    )

    # -- bots -----------------------------------------------------------------------------------------------------
    bots_per_instance_capacity: int = Field(
        2,
        validation_alias="BOTS_PER_INSTANCE_CAPACITY",
        ge=1,
        description="Bots per worker instance that the manager aims at; a target, never a reason to refuse.",
    )
    game_guide_version: str = Field(
        "v1",
        validation_alias="BOT_GAME_GUIDE_VERSION",
        pattern=r"^\S{1,64}$",
        description="Guide version that bots are taught when a caller names none.",
    )
    brain: str = Field(
        "search",
        validation_alias="COWBOY_BRAIN",
        pattern=BRAIN_NAME_PATTERN,
        description="Brain of a bot for which the assignment names none.",
    )
    search_budget_ms: int = Field(
        200,
        validation_alias="COWBOY_SEARCH_BUDGET_MS",
        ge=1,
        le=60_000,
        description="Thinking time of the `search` brain and its levels per move, in ms.",
    )
    search_budget_nodes: int | None = Field(
        None,
        validation_alias="COWBOY_SEARCH_BUDGET_NODES",
        ge=1,
        description="Thinking effort of the `search` brain per move, in positions looked at. When set, it replaces the "
        "time budget, and the same seed gives the same move on every machine.",
    )
    fallback: Literal["safe", "search", "greedy", "random"] = Field(
        "safe",
        validation_alias="COWBOY_FALLBACK",
        description="What plays a turn for which a bot's brain gave nothing usable: a brain, or `safe`, which keeps "
        "the shield where it is and also follows where that brain fails.",
    )
    publish_margin_ms: int = Field(
        2000,
        validation_alias="COWBOY_PUBLISH_MARGIN_MS",
        ge=0,
        le=30_000,
        description="Part of a turn's time kept back for publishing, at most a quarter of it: a brain must have "
        "decided this long before the deadline. In the second half of it a keeper plays the turn, if nobody has.",
    )
    turn_patience_seconds: float = Field(
        2.0,
        validation_alias="COWBOY_TURN_PATIENCE_SECONDS",
        gt=0,
        le=600,
        description="A turn that no worker has claimed after this is queued again, then after twice as long, and "
        "so on.",
    )
    confirm_seconds: float = Field(
        3.0,
        validation_alias="COWBOY_CONFIRM_SECONDS",
        gt=0,
        le=600,
        description="A command that the output topic has not shown after this is sent once more, under another id, if "
        "the game manager says that its turn still stands.",
    )
    claim_lease_seconds: float = Field(
        15.0,
        validation_alias="COWBOY_CLAIM_LEASE_SECONDS",
        gt=0,
        le=600,
        description="A worker's claim on a turn lasts this long (never beyond the turn's deadline); then another may "
        "take the turn over.",
    )
    recent_events: int = Field(
        20,
        validation_alias="COWBOY_RECENT_EVENTS",
        ge=0,
        le=200,
        description="How many of a game's last events are kept for the bots' context.",
    )
    max_turn_seconds: int = Field(
        300,
        validation_alias="COWBOY_MAX_TURN_SECONDS",
        ge=1,
        description="The longest turn to expect. Celery's visibility timeout is three times this, so that a running "
        "decision is never handed out twice.",
    )
    history_ttl_seconds: int = Field(
        86_400,
        validation_alias="COWBOY_HISTORY_TTL_SECONDS",
        ge=SWEPT_AFTER_SECONDS,
        description="How long finished games, their audit trail, turn records and transcripts stay readable; two "
        "minutes longer than `COWBOY_TOPIC_GRACE_SECONDS` or more.",
    )
    worker_threads: int = Field(
        32,
        validation_alias="COWBOY_WORKER_THREADS",
        ge=1,
        le=2000,
        description="Decisions that one instance can hold at once.",
    )
    heartbeat_seconds: float = Field(
        5.0,
        validation_alias="COWBOY_HEARTBEAT_SECONDS",
        gt=0,
        le=60,
        description="How often an instance and a keeper say that they live; three missed beats mean dead.",
    )
    bridge_lease_seconds: float = Field(
        3.0,
        validation_alias="COWBOY_BRIDGE_LEASE_SECONDS",
        ge=1,
        le=60,
        description="A bridge that is silent for this long loses its games to the other bridges. Shorter takes over "
        "sooner; longer than any pause of a healthy process. The same for all bridges.",
    )

    # -- talk -------------------------------------------------------------------------------------------------------
    talk: Literal["table", "command", "off"] = Field(
        "off",
        validation_alias="COWBOY_TALK",
        description="How bots talk: `table` beside the game, on topics of its own and at no turn's cost; `command` by "
        "the game's `speak`, when a bot has both its turn and the word; `off`: as each brain likes (docs/talk.md).",
    )
    talk_rule: Literal["round_robin", "urgent", "random"] = Field(
        "round_robin",
        validation_alias="COWBOY_TALK_RULE",
        description="Which bot has the word next: the next around the table, the one that most wants to speak, or one "
        "of those that had it least often, by chance.",
    )
    talk_remarks_per_minute: int = Field(
        6,
        validation_alias="COWBOY_TALK_REMARKS_PER_MINUTE",
        ge=0,
        le=600,
        description="Remarks that a bot makes in a minute at most; all bots of a game together make twice as many, "
        "evenly spread. 0: none, and no model is asked.",
    )
    talk_person_remarks_per_minute: int = Field(
        30,
        validation_alias="COWBOY_TALK_PERSON_REMARKS_PER_MINUTE",
        ge=1,
        le=6000,
        description="Remarks that a person makes in a minute at most, a few of them at once. More are refused (429).",
    )
    talk_seconds: float = Field(
        20.0,
        validation_alias="COWBOY_TALK_SECONDS",
        gt=0,
        le=600,
        description="How long a bot may think of a remark; nine tenths of its turn to speak at most.",
    )
    talk_turn_seconds: float = Field(
        60.0,
        validation_alias="COWBOY_TALK_TURN_SECONDS",
        ge=1,
        le=3600,
        description="After how long the word goes on from a bot that neither speaks nor passes. Where bots talk by "
        "commands of the game, at least as long as a round can take.",
    )

    # -- onboarding -------------------------------------------------------------------------------------------------
    teach_timeout_seconds: float = Field(
        3.0,
        validation_alias="COWBOY_TEACH_TIMEOUT_SECONDS",
        gt=0,
        le=600,
        description="How long a bot's first lesson may take to be acknowledged; each further one twice as long.",
    )
    teach_attempts: int = Field(
        4,
        validation_alias="COWBOY_TEACH_ATTEMPTS",
        ge=1,
        le=10,
        description="How often a lesson is sent before the bot counts as failed.",
    )
    assignment_wait_seconds: float = Field(
        8.0,
        validation_alias="COWBOY_ASSIGNMENT_WAIT_SECONDS",
        ge=0,
        le=110,
        description="How long the answer to an assignment waits for its bots to be ready. Keep it below the time limit "
        "of the caller (COWBOY_HTTP_TIMEOUT_SECONDS for our arena).",
    )
    late_turns: Literal["safe", "skip"] = Field(
        "safe",
        validation_alias="COWBOY_LATE_TURNS",
        description="What becomes of a turn that a bot can begin only when no time to think is left, because it was "
        "being taught: `safe` plays the safe default, `skip` lets it run out. A turn that stands after its time, since "
        "the game backend did not end it, is played by the safe default either way.",
    )
    listeners: str = Field(
        "",
        validation_alias="COWBOY_LISTENERS",
        pattern=r"^([\w.]+:\w+(,[\w.]+:\w+)*)?$",
        description="Listeners of other packages, as `module:Class`, with commas between: what is to hear of assigned "
        "games, ready bots, events, played turns and ended games (see docs/architecture.md).",
    )
    adopt_games: bool = Field(
        True,
        validation_alias="COWBOY_ADOPT_GAMES",
        description="A running game that was never assigned gets the default assignment, as in the existing system.",
    )

    # -- characters -------------------------------------------------------------------------------------------------
    characters: Literal["off", "shared", "independent", "inherit_on_death"] = Field(
        "off",
        validation_alias="COWBOY_CHARACTERS",
        description="Who bots are: `off` for nobody, else characters with names that live from game to game, and how "
        "far what they learn goes: to all (`shared`), to nobody else (`independent`), or to the heir of one that died "
        "(`inherit_on_death`). All processes must have the same; it cannot be changed while there are characters.",
    )
    character_lease_seconds: float = Field(
        30.0,
        validation_alias="COWBOY_CHARACTER_LEASE_SECONDS",
        ge=0.2,
        le=600,
        description="A seat has its character for this long after its instance has renewed the lease last, which it "
        "does three times meanwhile.",
    )
    character_limit: int = Field(
        50,
        validation_alias="COWBOY_CHARACTER_LIMIT",
        ge=1,
        description="How many characters may live: at least as many as bots play at a time. A seat for which there is "
        "none is played by a bot without a name.",
    )
    character_on_limit: Literal["retire", "refuse"] = Field(
        "retire",
        validation_alias="COWBOY_CHARACTER_ON_LIMIT",
        description="What becomes of the wish for one more: `retire` lets the least recently active one that is free "
        "retire for it.",
    )
    lives_per_character: int = Field(
        1,
        validation_alias="COWBOY_LIVES_PER_CHARACTER",
        ge=1,
        le=100,
        description="In how many games a character can be eliminated before it is dead, and an heir takes its place.",
    )
    character_names: Literal["simple", "medium", "complex", "numbered"] = Field(
        "medium",
        validation_alias="COWBOY_CHARACTER_NAMES",
        description="How many words a new character's name has: two, three or four; or two and a number.",
    )
    character_number_first: bool = Field(
        False,
        validation_alias="COWBOY_CHARACTER_NUMBER_FIRST",
        description="Whether the number of a `numbered` name stands in front.",
    )
    horse_names: Literal["off", "plain", "numerals"] = Field(
        "plain",
        validation_alias="COWBOY_HORSE_NAMES",
        description="Names of the horses that new characters ride; with a Roman numeral there are more of them.",
    )
    name_seed: int | None = Field(
        None,
        validation_alias="COWBOY_NAME_SEED",
        description="Makes the names that a process draws the same each time it starts; absent: different ones.",
    )

    # -- models -----------------------------------------------------------------------------------------------------
    llm_config_path: UserPath | None = Field(
        None,
        validation_alias="BOT_MANAGER_LLM_CONFIG_PATH",
        description="YAML file of the LLM profiles: which model each seat asks, and with which key. See "
        "`config/llm.yaml`.",
    )
    llm_allowed_hosts: Hosts = Field(
        "127.0.0.1,localhost,::1,api.openai.com",
        validation_alias="COWBOY_LLM_ALLOWED_HOSTS",
        description="Hosts that an LLM profile's `base_url` may name, separated by commas. What is set here "
        "replaces the default.",
    )
    prompts_config_path: UserPath | None = Field(
        None,
        validation_alias="BOT_AGENT_PROMPTS_CONFIG_PATH",
        description="YAML file of the prompts that models get instead of the built-in ones. See `config/prompts.yaml`.",
    )
    langsmith_config_path: UserPath | None = Field(
        None,
        validation_alias="BOT_AGENT_LANGSMITH_CONFIG_PATH",
        description="YAML file that says what is traced to LangSmith; nothing without it. See `config/langsmith.yaml`.",
    )

    # -- the embedded arena -----------------------------------------------------------------------------------------
    default_map_path: UserPath | None = Field(
        None,
        validation_alias="DEFAULT_MAP_CONFIG_PATH",
        description="YAML file (rows, cols, cells) that games without a map of their own are played on.",
    )
    max_turns: int = Field(
        1000,
        validation_alias="COWBOY_MAX_TURNS",
        ge=1,
        lt=2**31,
        description="After so many turns a game that was made without `max_turns` ends as a draw. Careful bots, or "
        "absent people, would go on for ever.",
    )
    topic_grace_seconds: float = Field(
        5.0,
        validation_alias="COWBOY_TOPIC_GRACE_SECONDS",
        ge=0,
        le=3600,
        description="How long a finished game's topics stay, so that the finish event can still be read.",
    )
    max_message_bytes: int = Field(
        1_000_000,
        validation_alias="COWBOY_MAX_MESSAGE_BYTES",
        ge=10_000,
        description="A Kafka message larger than this is not read but put on the dead-letter list.",
    )

    # -- logs and health --------------------------------------------------------------------------------------------
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias="COWBOY_LOG_LEVEL", description="Least severe level that is written."
    )
    log_format: Literal["console", "json"] = Field(
        "console",
        validation_alias="COWBOY_LOG_FORMAT",
        description="`console` for people, `json` for production.",
    )
    health_file: UserPath | None = Field(
        None,
        validation_alias="COWBOY_HEALTH_FILE",
        description="File that a process touches for as long as it does its work: at least with each heartbeat, while "
        "all is well. Each process needs one of its own; `cowboy up` sets none.",
    )
    task_events: bool = Field(
        False,
        validation_alias="COWBOY_TASK_EVENTS",
        description="Workers report each task to Flower. Costs a fifth to half of the most turns a second.",
    )

    @model_validator(mode="after")
    def _guard_the_manager(self) -> Self:
        if not Bind(self.bot_manager_bind).is_loopback and self.manager_token is None:
            raise ValueError(
                f"BOT_MANAGER_BIND={self.bot_manager_bind} is reachable from other machines; "
                "set COWBOY_MANAGER_TOKEN (16 characters or more), or bind to 127.0.0.1"
            )
        return self

    @model_validator(mode="after")
    def _remember_games_longer_than_topics(self) -> Self:
        if self.history_ttl_seconds < self.topic_grace_seconds + SWEPT_AFTER_SECONDS:
            raise ValueError(
                f"COWBOY_HISTORY_TTL_SECONDS={self.history_ttl_seconds} is too short for "
                f"COWBOY_TOPIC_GRACE_SECONDS={self.topic_grace_seconds:g}: a game must be remembered "
                f"{SWEPT_AFTER_SECONDS} s longer than its topics stay, or topics that come back are never cleared away"
            )
        return self

    @property
    def dead_after_seconds(self) -> float:
        """How long a process may be silent before it counts as dead: three missed heartbeats."""
        return 3 * self.heartbeat_seconds

    @property
    def rescue_seconds(self) -> float:
        """So long before a turn's deadline a keeper plays it: half of what workers keep back for publishing."""
        return self.publish_margin_ms / 2000

    @property
    def talk_table_remarks_per_minute(self) -> int:
        """How many remarks all bots of a game make in a minute at most."""
        return 2 * self.talk_remarks_per_minute

    @property
    def talk_pause_ms(self) -> int:
        """How long after a bot's remark the next bot is asked: a game's remarks are spread over the minute."""
        return 60_000 // max(1, self.talk_table_remarks_per_minute)

    @property
    def llm_hosts(self) -> frozenset[str]:
        """`llm_allowed_hosts` one by one."""
        return frozenset(self.llm_allowed_hosts.split(","))
