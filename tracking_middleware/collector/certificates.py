"""The certificate that the collector shows over HTTPS: given, or made for this run by its own hand."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

_VALID = timedelta(days=365)
_BY_OPENSSL = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -keyout key.pem -out certificate.pem"
    " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
)


class CertificateError(ValueError):
    """There is no certificate to show, or it cannot be used; the message says what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Https:
    """HTTPS on a ``port`` of its own, with the files of a certificate and its key in PEM.

    Without ``certificate`` one is made for this run, which no browser knows. A file may hold both.
    """

    port: int
    certificate: Path | None = None
    key: Path | None = None

    def context(self, host: str) -> ssl.SSLContext:
        """What a server needs that is asked for by ``host``; raises CertificateError."""
        if self.certificate is not None:
            return _context(self.certificate, self.key)
        if self.key is not None:
            raise CertificateError("a key without a certificate: give --certificate too")
        with tempfile.TemporaryDirectory(prefix="tracking-middleware-") as folder:
            path = Path(folder) / "certificate.pem"
            path.touch(mode=0o600)
            path.write_bytes(_self_signed(dict.fromkeys(["localhost", "127.0.0.1", "::1", host])))
            return _context(path, None)


def _context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # without a password it would be asked for at the terminal
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        files = f"{certificate}" if key is None else f"{certificate} and {key}"
        what = "give a certificate and its key in PEM, without a password"
        raise CertificateError(f"{files} cannot be used for HTTPS: {error}; {what}") from error
    return context


def _self_signed(names: Iterable[str]) -> bytes:
    """The key and the certificate for these names and addresses, in PEM; raises CertificateError."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise CertificateError(
            "HTTPS takes a certificate: install cryptography, which makes one for each run, or make one with"
            f" {_BY_OPENSSL} and give it with --certificate certificate.pem --key key.pem"
        ) from error
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tracking-middleware collector")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public: bytes = certificate.public_bytes(serialization.Encoding.PEM)
    return private + public


def _general_name(name: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())
