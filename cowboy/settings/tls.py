"""TLS to a server: the trusted certificates and our own. They are checked at start, before any connection can fail."""

import ssl
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr


class Tls(NamedTuple):
    """`name` is what the variables of these settings begin with, such as `COWBOY_KAFKA`."""

    name: str
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    key_password: SecretStr | None = None
    cert_reqs: ssl.VerifyMode = ssl.CERT_REQUIRED
    check_hostname: bool = True

    @property
    def is_plain(self) -> bool:
        """Nothing of it is set."""
        return self[1:] == Tls(self.name)[1:]

    @property
    def password(self) -> str:
        """What opens the key. Empty for none: OpenSSL would ask the terminal for it."""
        return self.key_password.get_secret_value() if self.key_password else ""

    def context(self) -> ssl.SSLContext:
        """Raises `ValueError`, which names the variable whose file cannot be used."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = self.check_hostname and self.cert_reqs != ssl.CERT_NONE
        context.verify_mode = self.cert_reqs
        if self.ca_file:
            self._trust(context, self.ca_file)
        else:
            context.load_default_certs()
        if self.key_file and not self.cert_file:
            raise ValueError(f"{self.name}_KEY_FILE is set without {self.name}_CERT_FILE; set both, or neither")
        if self.key_password and not self.cert_file:
            raise ValueError(f"{self.name}_KEY_PASSWORD is set without {self.name}_CERT_FILE; unset it")
        if self.cert_file:
            try:
                context.load_cert_chain(self.cert_file, self.key_file, self.password)
            except (ssl.SSLError, ValueError):
                raise ValueError(
                    f"{self.name}_CERT_FILE: {self.cert_file} and its key {self.key_file or 'in the same file'} cannot "
                    "be used; both must be PEM and belong together, and an encrypted key needs "
                    f"{self.name}_KEY_PASSWORD"
                ) from None
        return context

    def _trust(self, context: ssl.SSLContext, ca_file: Path) -> None:
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError:
            raise ValueError(f"{self.name}_CA_FILE: {ca_file} holds no certificates in PEM form") from None
