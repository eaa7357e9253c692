"""One house for all tests of outages."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cowboy.local.environment import local_settings
from cowboy.local.ports import free_binds
from cowboy.local.servers import redis_service
from cowboy.local.stack import cowboy_stage
from cowboy.local.supervisor import supervising
from cowboy.settings import Bind, Settings
from cowboy.state.client import connect
from tests.brokers import Brokers
from tests.e2e.outages.house import House
from tests.proxy import proxying


@pytest.fixture(scope="package")
def house(new_brokers: Callable[[Path], Brokers], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    wanted = Settings(home=tmp_path_factory.mktemp("house"), heartbeat_seconds=2.0, topic_grace_seconds=3600)
    brokers = new_brokers(wanted.home)
    settings = local_settings(wanted, free_ports=True).model_copy(update=dict(brokers.settings))
    (redis,) = free_binds(1)
    direct = settings.model_copy(update={"redis_url": f"redis://{redis}/0"})
    proxy_bind = Bind(settings.redis_url.removeprefix("redis://").removesuffix("/0"))
    with (
        supervising(settings.home) as supervisor,
        proxying(redis, proxy_bind) as proxy,
        connect(direct, patience_seconds=30) as client,
    ):
        supervisor.start((redis_service(redis, settings.home),))
        brokers.start(supervisor)
        supervisor.start(cowboy_stage(settings, instances=2, flower=False, since=time.time()))
        yield House(settings, supervisor, brokers, proxy, client)
