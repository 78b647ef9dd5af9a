"""The keys and certificates of a federation: the coordinator is its own authority.

One Ed25519 key a site, which it makes itself and never sends: the certificate for mutual TLS is
made for it, and its answers are signed with it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lookout.faces.atomic_file import replace_file
from lookout.server.federated.errors import BadRoundMessage, NotJoined

COORDINATOR = "coordinator.lookout.internal"
"""The name in the coordinator's certificate: sites look for it whatever the address is."""
YEARS = 10
_LIFETIME = timedelta(days=365 * YEARS)
_MARGIN = timedelta(days=1)
"""Clocks differ."""


def new_key(file: Path) -> Ed25519PrivateKey:
    """A key in a file for its owner alone; the one that is there, if there is one."""
    if file.exists():
        return load_key(file)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    replace_file(file, pem)
    return key


def load_key(file: Path) -> Ed25519PrivateKey:
    """Raises NotJoined if there is none, BadMessage for another file."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except FileNotFoundError as error:
        raise NotJoined(f"there is no key at {file}") from error
    except (ValueError, TypeError) as error:
        raise BadRoundMessage(f"{file} is no key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadRoundMessage(f"{file} is a key of another kind")
    return key


def authority(key: Ed25519PrivateKey, now_s: float) -> bytes:
    """The coordinator's own certificate, as PEM, which signs all others."""
    name = _name("Lookout federation")
    made = (
        _builder(name, name, key.public_key(), now_s)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.PEM)


def server_certificate(key: Ed25519PrivateKey, authority_pem: bytes, now_s: float) -> bytes:
    """The certificate of the coordinator's port, for the authority's own key."""
    issuer = x509.load_pem_x509_certificate(authority_pem).subject
    made = (
        _builder(_name(COORDINATOR), issuer, key.public_key(), now_s)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(COORDINATOR)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.PEM)


def site_certificate(
    key: Ed25519PrivateKey, authority_pem: bytes, site: str, public: bytes, now_s: float
) -> bytes:
    """The certificate of a site for mutual TLS. Raises BadMessage for what is no key."""
    issuer = x509.load_pem_x509_certificate(authority_pem).subject
    try:
        owner = Ed25519PublicKey.from_public_bytes(public)
    except ValueError as error:
        raise BadRoundMessage("the site's key is none") from error
    made = (
        _builder(_name(site), issuer, owner, now_s)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.PEM)


def owner_of(certificate_der: bytes) -> tuple[str, bytes]:
    """The site and the key that a certificate is for. Raises BadMessage."""
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        public = certificate.public_key()
    except ValueError as error:
        raise BadRoundMessage("a site's certificate is none") from error
    if not isinstance(public, Ed25519PublicKey):
        raise BadRoundMessage("a site's certificate is for a key of another kind")
    return str(name.value), public.public_bytes_raw()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, public: Ed25519PublicKey, now_s: float
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_s, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _MARGIN)
        .not_valid_after(now + _LIFETIME)
    )
