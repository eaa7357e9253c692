"""The doctor: finds what is wrong with an installation. One check for each part, each with its remedy.

A check changes nothing, except for a key in Redis that expires at once. `cowboy.cli.doctor`
prints the findings.
"""

import os
import re
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from importlib import metadata
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from packaging.requirements import Requirement

from cowboy.arena.outbox import outbox_age
from cowboy.brains.registry import brain_names, build_brain
from cowboy.bus.admin import TopicAdmin
from cowboy.bus.probe import check_brokers
from cowboy.bus.topics import TopicNames
from cowboy.errors import BadSetting, BusError, CowboyError, ServerMissing, StateError
from cowboy.errors.cause import reason_of
from cowboy.local.environment import base_url
from cowboy.local.programs import find_broker, find_redis
from cowboy.process.descriptors import FEW
from cowboy.settings import Bind, Settings, environment_names, load_settings
from cowboy.state.characters import Characters
from cowboy.state.client import Redis, connect, refused_write, state_errors
from cowboy.state.dead_letters import DeadLetters
from cowboy.state.games import Games
from cowboy.state.instances import Instances, told_apart
from cowboy.state.keys import Keys
from cowboy.state.leases import Leases
from cowboy.state.presence import bridges, is_stand_in, keepers
from cowboy.state.processes import Processes, ProcessSheet, told_deaf, told_mute, told_skew
from cowboy.state.refusals import explain
from cowboy.state.roster import Roster

MINIMUM_PYTHON = (3, 11)
MINIMUM_REDIS = (6, 2)
PROBE_SECONDS = 3.0
OUTBOX_SECONDS = 5.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
START_ALL = "start everything on this machine with: cowboy up"


class Health(StrEnum):
    """`BAD` stops the system from working; `POOR` will hurt some day; `UNKNOWN` could not be looked at."""

    GOOD = "good"
    POOR = "poor"
    BAD = "bad"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """What a check saw. `remedy` is empty when there is nothing to mend."""

    subject: str
    health: Health
    saw: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """All findings, as they are made. A part that others depend on comes before them."""
    yield check_python()
    yield from check_packages()
    yield check_unknown_variables(os.environ)
    try:
        settings = load_settings()
    except BadSetting as error:
        yield Finding("configuration", Health.BAD, str(error), "correct these environment variables")
        return
    yield Finding("configuration", Health.GOOD, "every setting can be used")
    yield from check_brains(settings)
    if has_local_extra():
        yield check_program("redis program", lambda: find_redis(settings.home))
        yield check_program("broker program", lambda: find_broker(settings.home))
    yield from _check_redis(settings)
    yield from _check_broker(settings)
    yield _check_http("arena", f"{settings.game_manager_base_url}/health", "GAME_MANAGER_BASE_URL")
    yield _check_http("manager API", f"{settings.bot_manager_base_url}/health", "BOT_MANAGER_BASE_URL")
    yield check_page(settings, _arena(settings), socket.gethostname())


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """The interpreter's version."""
    saw = ".".join(map(str, version))
    if version >= MINIMUM_PYTHON:
        return Finding("python", Health.GOOD, saw)
    return Finding("python", Health.BAD, saw, "install Python 3.11 or newer, then: make setup PYTHON=python3.11")


def check_packages() -> Iterator[Finding]:
    """Each package that we require, against the bounds we require it in. One finding for all that fit.

    What only embedded servers need (the extra `local`) is looked at where a part of it is installed: an image has none.
    """
    try:
        required = metadata.requires("cowboy") or []
    except metadata.PackageNotFoundError:
        yield Finding("packages", Health.BAD, "cowboy itself is not installed here", "make setup")
        return
    wrong, extra = [], "local" if has_local_extra() else ""
    for text in required:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        if problem := _package_problem(requirement):
            wrong.append(problem)
    for problem in wrong:
        yield Finding("packages", Health.BAD, problem, "make setup")
    if not wrong:
        yield Finding("packages", Health.GOOD, "all installed, in the versions we were tested with")


def has_local_extra() -> bool:
    """Whether servers can be started here: a package is installed that only the extra `local` asks for."""
    for text in metadata.requires("cowboy") or []:
        marker = (requirement := Requirement(text)).marker
        if marker and marker.evaluate({"extra": "local"}) and not marker.evaluate({"extra": ""}):
            with suppress(metadata.PackageNotFoundError):
                metadata.version(requirement.name)
                return True
    return False


def _package_problem(requirement: Requirement) -> str | None:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    fits = requirement.specifier.contains(version, prereleases=True)
    return None if fits else f"{requirement.name} {version} does not fit {requirement.specifier}"


def check_unknown_variables(environment: os._Environ[str] | dict[str, str]) -> Finding:
    """Variables that look like settings of ours and are none: probably typing errors."""
    ours = (name for name in environment if re.match(r"COWBOY_(?!TEST_)", name))
    unknown = sorted(set(ours) - environment_names())
    if not unknown:
        return Finding("variables", Health.GOOD, "no unknown COWBOY_… variable")
    return Finding(
        "variables", Health.POOR, f"nobody reads {', '.join(unknown)}", "see docs/configuration.md for the names"
    )


def check_brains(settings: Settings) -> Iterator[Finding]:
    """Whether every brain can be built, those that other packages bring included; one finding for all that can."""
    good = []
    for name in sorted({*brain_names(), settings.brain}):
        try:
            build_brain(name, settings)
            good.append(name)
        except CowboyError as error:
            health, remedy = Health.POOR, "see docs/brains.md; until then no bot can have this brain"
            if name == settings.brain:
                health, remedy = Health.BAD, "set COWBOY_BRAIN to a brain that can be built"
            yield Finding("brains", health, str(error), remedy)
    yield Finding("brains", Health.GOOD, ", ".join(good))


def check_program(subject: str, find: Callable[[], object]) -> Finding:
    """Whether an embedded server's program can be found. Only `cowboy up` and `cowboy match` need it."""
    try:
        return Finding(subject, Health.GOOD, str(find()))
    except ServerMissing as error:
        return Finding(subject, Health.POOR, "not found", str(error))


def _check_redis(settings: Settings) -> Iterator[Finding]:
    with connect(settings) as client:
        try:
            with state_errors("asking Redis"):
                yield from _redis_findings(client)
            yield from _write_findings(settings, client)
            yield from population(settings, client)
        except StateError as error:
            saw, remedy = explain(error.__cause__ or error)
            yield Finding("redis", Health.BAD, f"it {saw}", remedy or f"set COWBOY_REDIS_URL, or {START_ALL}")


def _redis_findings(client: Redis) -> Iterator[Finding]:
    info = client.info()
    version = str(info["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < MINIMUM_REDIS:
        yield Finding("redis", Health.BAD, f"version {version}", "use Redis 6.2 or newer, or Valkey")
    else:
        yield Finding("redis", Health.GOOD, f"version {version} answers")
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        remedy = "CONFIG SET maxmemory-policy noeviction: an evicted key is a lost turn"
        yield Finding("redis memory", Health.BAD, f"evicts by {info['maxmemory_policy']}", remedy)
    if not info.get("aof_enabled"):
        remedy = "CONFIG SET appendonly yes: without it a restart of Redis forgets queued turns"
        yield Finding("redis disk", Health.POOR, "no append-only file", remedy)


def _write_findings(settings: Settings, client: Redis) -> Iterator[Finding]:
    refused = refused_write(client, Keys(settings.key_prefix))
    if refused is not None:
        yield Finding("redis writes", Health.BAD, f"it {refused.saw}", refused.remedy)


def population(settings: Settings, client: Redis) -> Iterator[Finding]:
    """The processes that send heartbeats, and the queues that grow."""
    keys = Keys(settings.key_prefix)
    instances = Instances(client, keys, settings.dead_after_seconds)
    remedy = f"celery -A cowboy worker -Q bots.i1, or {START_ALL}"
    live = [instance.name for instance in instances.live()]
    yield _some("workers", live, "no live instance: no bot will decide", remedy)
    if doubles := instances.doubles():
        saw = f"several workers have one name: {told_apart(doubles)}"
        remedy = "give each worker a queue of its own (-Q bots.i2); in a rolling update, wait for the old one to stop"
        yield Finding("workers", Health.POOR, saw, remedy)
    sheets = Processes(client, keys, settings.dead_after_seconds).live()
    if mute := [sheet for sheet in sheets if sheet.mute_since is not None]:
        yield Finding(
            "sending", Health.BAD, f"cannot send to Kafka: {told_mute(mute)}", "see what is said of the broker"
        )
    if deaf := [sheet for sheet in sheets if sheet.deaf_since is not None]:
        yield Finding(
            "reading", Health.BAD, f"cannot read from Kafka: {told_deaf(deaf)}", "see what is said of the broker"
        )
    age = outbox_age(client, keys)
    if age is not None and age.total_seconds() > OUTBOX_SECONDS:
        saw = f"the arena's oldest event waits for the broker for {age.total_seconds():.0f} s"
        yield Finding("outbox", Health.BAD, saw, "see what is said of the broker, and whether the arena runs")
    if skewed := [sheet for sheet in sheets if sheet.is_skewed]:
        yield Finding("clocks", Health.POOR, told_skew(skewed), "set the clocks of all machines by NTP")
    if sheets:
        yield check_descriptors(sheets)
    games = Counter(Leases(client, keys, settings.bridge_lease_seconds).readers().values())
    reading = [f"{name} ({games[name]} games)" for name in bridges(client, keys, settings.bridge_lease_seconds).live()]
    bridge_remedy = f"cowboy bridge, or {START_ALL}"
    if reading and all(map(is_stand_in, reading)):
        yield Finding("bridge", Health.POOR, f"none lives, keepers stand in: {', '.join(reading)}", bridge_remedy)
    else:
        yield _some("bridge", reading, "no live bridge: no turn will be noticed", bridge_remedy)
    keeping = keepers(client, keys, settings.dead_after_seconds).live()
    yield _some(
        "keeper", keeping, "no live keeper: bots of a lost instance stay lost", f"cowboy keeper, or {START_ALL}"
    )
    if trouble := Characters(Roster(client, keys, settings)).other_mode():
        yield Finding("characters", Health.POOR, trouble, "until then bots play without names")
    letters = DeadLetters(client, keys).counts()
    if letters:
        saw = ", ".join(f"{count} by the {reader}" for reader, count in letters.items())
        remedy = f"LRANGE {keys.dead_letters} 0 9 shows the latest, with topic, offset and reason"
        yield Finding("dead letters", Health.POOR, saw, remedy)


def check_descriptors(sheets: list[ProcessSheet]) -> Finding:
    """The processes that may hold few file descriptors, or have almost none left."""
    told = {sheet: f"{sheet} holds {sheet.descriptors} of {sheet.descriptor_limit}" for sheet in sheets}
    if short := [told[sheet] for sheet in sheets if sheet.is_short_of_descriptors]:
        remedy = f"raise its limit (ulimit -n, LimitNOFILE, --ulimit nofile) to {2 * FEW} or more"
        return Finding("descriptors", Health.POOR, "; ".join(short), remedy)
    return Finding("descriptors", Health.GOOD, "; ".join(told.values()))


def _some(subject: str, names: list[str], none: str, remedy: str) -> Finding:
    return Finding(subject, Health.GOOD, ", ".join(names)) if names else Finding(subject, Health.BAD, none, remedy)


def _check_broker(settings: Settings) -> Iterator[Finding]:
    try:
        check_brokers(settings, PROBE_SECONDS)
        with TopicAdmin(settings) as admin:
            topics = admin.list()
            yield Finding("broker", Health.GOOD, f"{settings.kafka_bootstrap_servers} answers")
            yield _check_topics(settings, topics)
            admin.check(TopicNames.of(settings).examples())
    except BusError as error:
        yield Finding(
            "broker", Health.BAD, str(error), f"set KAFKA_BOOTSTRAP_SERVERS or what guards it, or {START_ALL}"
        )


def _check_topics(settings: Settings, topics: list[str]) -> Finding:
    """Games that the bridge should read and whose topics are not there."""
    names = TopicNames.of(settings)
    games = [topic for topic in topics if names.game_of_output(topic)]
    try:
        with connect(settings) as client:
            live = Games(client, Keys(settings.key_prefix), settings.history_ttl_seconds).live()
    except StateError:
        return Finding("topics", Health.UNKNOWN, f"{len(games)} output topics; Redis cannot say which should be there")
    missing = [game_id for game_id in live if names.output_of(game_id) not in topics]
    if missing:
        remedy = "the bridge ends such games by itself within half a minute; if not, look at its log"
        return Finding("topics", Health.POOR, f"{len(missing)} live games have lost their topics", remedy)
    return Finding("topics", Health.GOOD, f"{len(games)} output topics, {len(live)} games with bots")


def _arena(settings: Settings) -> ProcessSheet | None:
    """What an arena says of itself; on a machine without Redis, one that would run here."""
    here = ProcessSheet(kind="arena", name="", host=socket.gethostname(), pid=0, address=settings.arena_bind)
    try:
        with connect(settings) as client:
            sheets = Processes(client, Keys(settings.key_prefix), settings.dead_after_seconds).live()
    except StateError:
        return here
    return next((sheet for sheet in sheets if sheet.kind == "arena"), None)


def check_page(settings: Settings, arena: ProcessSheet | None, here: str) -> Finding:
    """The page, where the arena says that it is. `here` is this machine's name.

    On another machine it is reached by the name under which the game manager is.
    """
    if arena is None:
        return Finding("page", Health.UNKNOWN, "no arena of ours says that it lives; another backend may have a page")
    bind = Bind(arena.address)
    if arena.host == here:
        return _check_http("page", base_url(bind), "COWBOY_ARENA_BIND")
    if bind.host in LOOPBACK:
        return Finding("page", Health.UNKNOWN, f"{bind} on {arena.host} is for that machine alone")
    host = urlsplit(settings.game_manager_base_url).hostname or arena.host
    found = _check_http("page", base_url(Bind.of(host, bind.port)), "COWBOY_ARENA_BIND")
    return found if found.health == Health.GOOD else found._replace(health=Health.UNKNOWN, saw=f"from here {found.saw}")


def _check_http(subject: str, url: str, setting: str) -> Finding:
    try:
        answer = httpx.get(url, timeout=PROBE_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        return Finding(subject, Health.BAD, f"{url}: {reason_of(error)}", f"set {setting}, or {START_ALL}")
    if answer.status_code != httpx.codes.OK:
        return Finding(subject, Health.BAD, f"{url} answers {answer.status_code}", f"look at its log, or set {setting}")
    return Finding(subject, Health.GOOD, f"{url} answers")
