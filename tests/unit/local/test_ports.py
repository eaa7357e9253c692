"""Checking and finding free ports."""

import socket

import pytest

from cowboy.errors import PortTaken
from cowboy.local.ports import check_free, free_binds
from cowboy.local.service import Listener, Service
from cowboy.settings import Bind


def service(name: str, bind: Bind) -> Service:
    listener = Listener(bind, f"COWBOY_{name.upper()}_BIND={bind.host}:<other>")
    return Service(name=name, command=("true",), ready=lambda: True, listeners=(listener,))


def test_a_taken_port_is_reported_with_the_service_and_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortTaken) as caught:
            check_free([service("arena", Bind(f"127.0.0.1:{port}"))])

    assert str(caught.value) == f"port {port} (arena) is taken; set COWBOY_ARENA_BIND=127.0.0.1:<other>"


def test_two_services_that_want_the_same_port_are_found_out() -> None:
    (bind,) = free_binds(1)

    with pytest.raises(PortTaken, match="manager"):
        check_free([service("arena", bind), service("manager", bind)])


def test_an_address_of_another_machine_is_reported_with_the_reason() -> None:
    with pytest.raises(PortTaken, match=r"cannot be used on 192\.0\.2\.1 \("):
        check_free([service("arena", Bind("192.0.2.1:8000"))])


def test_checking_leaves_the_ports_free() -> None:
    binds = free_binds(3)

    for _ in range(2):
        check_free(service(f"s{number}", bind) for number, bind in enumerate(binds))


def test_free_binds_are_all_different() -> None:
    assert len(set(free_binds(20))) == 20


def test_free_binds_are_none_that_an_outgoing_connection_may_get() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        assert client.getsockname()[1] > max(bind.port for bind in free_binds(20))
