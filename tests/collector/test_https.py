"""HTTPS on a port of its own: with a certificate that is given, or made for the run."""

from __future__ import annotations

import builtins
import re
import ssl
import stat
from pathlib import Path

import httpx
import pytest
import trustme

from tracking_middleware.collector import certificates
from tracking_middleware.collector.certificates import CertificateError, Https

from ..conftest import PATIENCE, POST_PATH, SCHEMA, Collector
from .conftest import page_view
from .test_command import run


@pytest.fixture
def authority(tmp_path):
    """An authority, and a certificate of it in files."""
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    return authority


def secure_url(collector):
    line = collector.process.stdout.readline()
    assert line.startswith("collector listening on https://127.0.0.1:"), line
    return line.split()[-1]


def test_with_a_given_certificate_it_takes_events_on_both_ports(tmp_path, authority):
    files = ("--certificate", str(tmp_path / "certificate.pem"), "--key", str(tmp_path / "key.pem"))
    collector = Collector("--https-port", "0", *files)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with httpx.Client(base_url=secure_url(collector), verify=context, timeout=PATIENCE) as client:
        answer = client.post(POST_PATH, json={"schema": SCHEMA, "data": [page_view(page="secure")]})
        assert answer.text == "ok"
        # a jar gives a Secure cookie back over HTTPS only
        kept = client.cookies["sp"]
        client.post(POST_PATH, json={"schema": SCHEMA, "data": [page_view(page="again")]})
        assert client.get("/").status_code == 200
    collector.post(page_view(page="plain"))
    people = {shape["event"]["page_title"]: shape["event"]["network_userid"] for shape in collector.good()}
    assert people["secure"] == people["again"] == kept != people["plain"]
    assert collector.stop() == 0


def test_without_one_it_makes_its_own(tmp_path):
    collector = Collector("--https-port", "0", "--token", "secret-token")
    address = secure_url(collector)
    assert re.fullmatch(r"https://127\.0\.0\.1:[0-9]+/\?token=secret-token", address)
    port = httpx.URL(address).port
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    context = ssl.create_default_context(cadata=pem)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # it has no authority that could be named
    assert httpx.get(f"https://127.0.0.1:{port}/health", verify=context, timeout=PATIENCE).text == "ok"
    assert collector.stop() == 0


def test_its_key_is_nobody_elses_and_gone_at_once(monkeypatch):
    seen = []
    load = certificates._context

    def looked_at(certificate, key):
        seen.append((certificate, stat.S_IMODE(certificate.stat().st_mode)))
        return load(certificate, key)

    monkeypatch.setattr(certificates, "_context", looked_at)
    Https(port=0).context("collector.test")
    ((path, mode),) = seen
    assert mode == 0o600
    assert not path.exists()


def test_where_none_can_be_made_it_is_said_how_to_make_one(monkeypatch):
    load = builtins.__import__

    def without(name, *arguments):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return load(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CertificateError, match=r"install cryptography, .* openssl req .*--key key\.pem"):
        Https(port=0).context("localhost")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--certificate", "nowhere.pem"], "give --https-port too"),
        (["--https-port", "0", "--key", "key.pem"], "give --certificate too"),
        (["--https-port", "0", "--certificate", "nowhere.pem"], "nowhere.pem cannot be used for HTTPS"),
        (["--https-port", "0", "--certificate", __file__], "give a certificate and its key in PEM"),
    ],
)
def test_what_cannot_be_shown_is_said(options, problem):
    done = run("collector", "--port", "0", *options)
    assert done.returncode == 1
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_with_a_password_is_refused_without_asking(tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "key.pem").write_bytes(key)
    trustme.CA().issue_cert("localhost").cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    with pytest.raises(CertificateError, match="without a password"):
        Https(port=0, certificate=tmp_path / "certificate.pem", key=Path(tmp_path / "key.pem")).context("x")
