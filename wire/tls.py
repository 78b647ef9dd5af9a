"""TLS contexts for both sides; docs/wire.md, "TLS", shows how to make a certificate.

The edge checks the certificate's name against the address that it was given. A server that is
reached by its IP address needs that address in the certificate (subjectAltName=IP:192.168.1.20); a
self-signed certificate is its own CA, so the edge is given the same file with --tls-ca.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from lookout.wire.errors import TlsRefused


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate chain and private key (PEM). Raises TlsRefused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _require_files({"--tls-cert": cert, "--tls-key": key})
    try:
        # An empty password: a locked key is an error here, never a prompt on a service's terminal.
        context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        raise TlsRefused(
            f"the certificate {cert} and the key {key} cannot be used together ({_reason(error)}): "
            "both are PEM files, the key has no passphrase and belongs to the certificate"
        ) from error
    return context


def client_context(ca: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer; trusts only `ca` (PEM), checks the server's name. Raises TlsRefused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _require_files({"--tls-ca": ca})
    try:
        context.load_verify_locations(cafile=ca)
    except OSError as error:
        raise TlsRefused(
            f"{ca} holds no certificate ({_reason(error)}): --tls-ca takes the PEM file of the CA, "
            "or the server's own certificate if it is self-signed"
        ) from error
    return context


def explain(error: ssl.SSLError, server: str) -> TlsRefused:
    """The reason why the TLS handshake with `server` failed, with advice."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsRefused(
            f"the certificate of {server} is not accepted ({error.verify_message}): give --tls-ca "
            "the CA that signed it, and reach the server by a name or address that the certificate "
            "holds"
        )
    if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}:
        return TlsRefused(
            f"{server} does not speak TLS: start the server with --tls-cert and --tls-key, or "
            "leave out --tls-ca here"
        )
    return TlsRefused(f"TLS with {server} failed ({_reason(error)})")


def _require_files(files: dict[str, Path]) -> None:
    for option, path in files.items():
        if not path.is_file():
            raise TlsRefused(f"{option} {path}: there is no such file")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(error)
