"""Addresses that need no key: which client a connection is, and what it may do."""

from __future__ import annotations

import pytest

from lookout.server.accounts.scopes import SCOPES
from lookout.server.accounts.trusted import Trust, read_network, read_trust
from lookout.server.storage.records import Role

TRUST = Trust(
    tuple(
        read_trust(text)
        for text in ("192.168.1.0/24=viewer", "192.168.1.7=operator", "fd00::/8=admin")
    ),
    (read_network("10.0.0.1"), read_network("172.17.0.0/16")),
)


@pytest.mark.parametrize(
    ("peer", "forwarded", "role"),
    [
        ("192.168.1.20", None, Role.VIEWER),
        ("192.168.1.7", None, Role.OPERATOR),
        ("::ffff:192.168.1.7", None, Role.OPERATOR),
        ("fd12::1", None, Role.ADMIN),
        ("192.168.2.7", None, None),
        ("2001:db8::1", None, None),
        ("", None, None),
        ("192.168.1.7", ["192.168.1.7"], None),
        ("192.168.1.7", [""], None),
        ("203.0.113.9", ["192.168.1.7"], None),
        ("10.0.0.1", ["192.168.1.7"], Role.OPERATOR),
        ("10.0.0.1", ["192.168.1.7", "203.0.113.9"], None),
        ("10.0.0.1", ["203.0.113.9", " 192.168.1.7"], Role.OPERATOR),
        ("10.0.0.1", ["192.168.1.7", "172.17.0.3"], Role.OPERATOR),
        ("10.0.0.1", ["192.168.1.7", "nonsense"], None),
        ("10.0.0.1", None, None),
    ],
)
def test_an_address_has_the_role_of_its_smallest_network_and_only_proxies_are_believed(
    peer: str, forwarded: list[str] | None, role: Role | None
) -> None:
    principal = TRUST.principal_at(peer, forwarded)
    assert (principal and principal.scopes) == (role and SCOPES[role])


def test_the_audit_log_gets_the_address() -> None:
    principal = TRUST.principal_at("10.0.0.1", ["192.168.1.7"])
    assert principal is not None
    assert principal.name == "address:192.168.1.7"


@pytest.mark.parametrize(
    "text",
    ["192.168.1.0/24", "192.168.1.0/24=", "192.168.1.0/24=owner", "nas.lan=viewer", "=viewer"],
)
def test_what_is_no_network_with_a_role_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"192\.168\.1\."):
        read_trust(text)


@pytest.mark.parametrize("text", ["0.0.0.0/0=viewer", "::/0=viewer"])
def test_every_address_there_is_cannot_be_trusted(text: str) -> None:
    with pytest.raises(ValueError, match="every address"):
        read_trust(text)


def test_the_warning_says_how_many_addresses_and_whether_the_internet_is_among_them() -> None:
    assert "256 addresses need no key" in str(read_trust("192.168.1.9/24=operator"))
    assert "this address needs no key" in str(read_trust("192.168.1.9=operator"))
    assert "internet" not in str(read_trust("192.168.1.0/24=operator"))
    assert "internet" in str(read_trust("203.0.0.0/8=operator"))
