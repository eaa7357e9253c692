"""Certificates for a server and a client of this machine, and the authority that signs both, made by openssl."""

import subprocess
from pathlib import Path
from typing import NamedTuple

SUBJECT_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"


class Certificates(NamedTuple):
    """PEM files. `server` and `client` have the key (PKCS 8) and the certificate."""

    ca: Path
    server: Path
    client: Path


def make_certificates(folder: Path) -> Certificates:
    """Good for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key = folder / "ca.key"
    ca = folder / "ca.pem"
    extension = ("-addext", "basicConstraints=critical,CA:TRUE")
    _openssl("req", "-x509", *_new_key(ca_key), "-out", ca, "-subj", "/CN=Cowboy tests", *extension, "-days", "1")
    server, client = (_signed(folder, name, ca, ca_key) for name in ("server", "client"))
    return Certificates(ca, server, client)


def _signed(folder: Path, name: str, ca: Path, ca_key: Path) -> Path:
    key, request, certificate = (folder / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
    _openssl("req", *_new_key(key), "-out", request, "-subj", f"/CN={name}", "-addext", SUBJECT_NAMES)
    signing = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-copy_extensions", "copy", "-days", "1")
    _openssl("x509", "-req", "-in", request, *signing, "-out", certificate)
    both = folder / f"{name}.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both


def _new_key(path: Path) -> tuple[str | Path, ...]:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
