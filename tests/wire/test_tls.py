"""Certificates that cannot be used are refused with a message."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from lookout.wire import tls
from lookout.wire.errors import TlsRefused
from tests.support.wire import Certificates


def test_both_contexts_begin_at_tls_1_2_and_the_client_checks_names(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    client = tls.client_context(made.ca)
    assert tls.server_context(made.cert, made.key).minimum_version is ssl.TLSVersion.TLSv1_2
    assert client.minimum_version is ssl.TLSVersion.TLSv1_2
    assert client.check_hostname
    assert client.verify_mode is ssl.CERT_REQUIRED


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    with pytest.raises(TlsRefused, match=r"--tls-key .*none\.pem: there is no such file"):
        tls.server_context(made.cert, tmp_path / "none.pem")
    with pytest.raises(TlsRefused, match=r"--tls-ca .*none\.pem: there is no such file"):
        tls.client_context(tmp_path / "none.pem")


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    text = tmp_path / "text.pem"
    text.write_text("not a certificate")
    with pytest.raises(TlsRefused, match="both are PEM files"):
        tls.server_context(text, made.key)
    with pytest.raises(TlsRefused, match="holds no certificate"):
        tls.client_context(text)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = Certificates(tmp_path / "one"), Certificates(tmp_path / "other")
    with pytest.raises(TlsRefused, match="belongs to the certificate"):
        tls.server_context(one.cert, other.key)
