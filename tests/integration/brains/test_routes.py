"""The way to a provider: through a proxy that a profile names, by certificates that it names, and by no other."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml

from cowboy.brains.guard import Guarded
from cowboy.brains.llm.brain import LlmBrain
from cowboy.game.outcomes import Outcome
from cowboy.settings import Settings
from tests.certificates import Certificates, make_certificates
from tests.integration.brains.models import KEY
from tests.integration.brains.test_llm import played, turn
from tests.provider import Provider, running_provider

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("plain_environment")]

LOGIN = "marshal:p%40ss-word"
SECRETS = (KEY, "p%40ss-word", "p@ss-word", base64.b64encode(b"marshal:p@ss-word").decode())


class HttpProxy:
    """A proxy for tunnels and plain requests. `heads` are those of what it was asked; `status` is what it answers."""

    def __init__(self, status: int) -> None:
        self.heads: list[bytes] = []
        self.status = status
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (byte := client.recv(1)):
                return
            head += byte
        self.heads.append(head)
        method, target, *_ = head.split(b" ")
        if self.status != 200:
            client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self.status)
            client.close()
            return
        host, _, port = target.removeprefix(b"http://").partition(b"/")[0].rpartition(b":")
        server = socket.create_connection((host.decode(), int(port)))
        if method == b"CONNECT":
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            server.sendall(head)
        other = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
        other.start()
        _pass_on(client, server)
        other.join()
        client.close()
        server.close()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def http_proxy(status: int = 200) -> Iterator[HttpProxy]:
    proxy = HttpProxy(status)
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(Path(tmp_path_factory.mktemp("certificates")))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def secure_provider(provider: Provider, certificates: Certificates) -> Provider:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    server = provider._server
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return provider


def ask(folder: Path, provider: Provider, **fields: object) -> Guarded:
    """A turn of a profile with these fields."""
    profile = {"base_url": provider.base_url, "model": "saloon-7b", "api_key": KEY, **fields}
    file = folder / "llm.yaml"
    file.write_text(yaml.safe_dump({"profiles": {"saloon": profile}}))
    brain = LlmBrain(Settings(llm_config_path=file, worker_threads=2))
    try:
        return played(brain, turn(30))
    finally:
        brain.close()


@pytest.mark.parametrize("login", ["", f"{LOGIN}@"])
def test_a_model_is_asked_through_the_proxy_of_its_profile(tmp_path: Path, provider: Provider, login: str) -> None:
    with http_proxy() as proxy:
        assert ask(tmp_path, provider, proxy=f"http://{login}{proxy.address}").outcome == Outcome.OK
    (head,) = proxy.heads
    assert head.startswith(b"POST http://127.0.0.1:")
    assert (SECRETS[-1].encode() in head) == bool(login)


def test_a_key_goes_through_a_tunnel_where_the_provider_speaks_tls(
    tmp_path: Path, secure_provider: Provider, certificates: Certificates
) -> None:
    base_url = secure_provider.base_url.replace("http:", "https:")
    with http_proxy() as proxy:
        fields = {"base_url": base_url, "ca_file": str(certificates.ca), "proxy": f"http://{LOGIN}@{proxy.address}"}
        assert ask(tmp_path, secure_provider, **fields).outcome == Outcome.OK
    (head,) = proxy.heads
    assert head.startswith(b"CONNECT 127.0.0.1:")
    assert KEY.encode() not in head
    assert secure_provider.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_only_the_certificates_of_the_profile_are_believed(
    tmp_path: Path, secure_provider: Provider, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those that a shell names."""
    base_url = secure_provider.base_url.replace("http:", "https:")
    assert ask(tmp_path, secure_provider, base_url=base_url, ca_file=str(certificates.ca)).outcome == Outcome.OK
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    guarded = ask(tmp_path, secure_provider, base_url=base_url)
    assert (guarded.outcome, guarded.tries[0].reason) == (
        Outcome.PROVIDER_ERROR,
        "the connection failed: SSLCertVerificationError",
    )


@pytest.mark.parametrize("status", [403, 407, 502])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_is_the_providers_error_and_no_secret_is_told(
    tmp_path: Path, provider: Provider, capsys: pytest.CaptureFixture[str], scheme: str, status: int
) -> None:
    base_url = provider.base_url.replace("http:", f"{scheme}:")
    with http_proxy(status) as proxy:
        guarded = ask(tmp_path, provider, base_url=base_url, proxy=f"http://{LOGIN}@{proxy.address}")
    assert guarded.outcome == Outcome.PROVIDER_ERROR
    captured = capsys.readouterr()
    told = repr(guarded) + captured.out + captured.err
    assert [secret for secret in SECRETS if secret in told] == []
    assert provider.asked == []


def test_a_proxy_that_is_not_there_is_the_providers_error(tmp_path: Path, provider: Provider) -> None:
    with http_proxy() as proxy:
        address = proxy.address
    assert ask(tmp_path, provider, proxy=f"http://{address}").outcome == Outcome.PROVIDER_ERROR
    assert provider.asked == []


@pytest.mark.parametrize("secret", [KEY, "p@ss-word", "p%40ss-word"])
def test_a_server_that_repeats_a_secret_is_quoted_without_it(tmp_path: Path, provider: Provider, secret: str) -> None:
    provider.behave("word_for_word")
    provider.given = provider.given._replace(body=f"no {secret} here".encode(), status=400)
    with http_proxy() as proxy:
        guarded = ask(tmp_path, provider, proxy=f"http://{LOGIN}@{proxy.address}")
    assert guarded.tries[0].reason == "it answered 400: no <key> here"
    assert secret not in repr(guarded)
