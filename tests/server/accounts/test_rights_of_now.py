"""A key may what its maker may now, and nobody rises by making accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.errors import Forbidden, InvalidToken, PasswordNotChanged
from lookout.server.accounts.passwords import Passwords
from lookout.server.accounts.scopes import Principal, Scope
from lookout.server.storage.records import Role, User
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.wire.keys import edge_key

NOW = 1_700_000_000.0
PASSWORD = "correct horse battery"
HERE = "192.0.2.7"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        yield opened


@pytest.fixture
def accounts(store: SqliteStore) -> Accounts:
    made = Accounts(store, Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))
    made.create_user("root", PASSWORD, Role.ADMIN, NOW)
    return made


def ann(accounts: Accounts) -> tuple[User, Principal]:
    """A second administrator, signed in."""
    user = accounts.create_user("Ann", PASSWORD, Role.ADMIN, NOW)
    return user, accounts.by_token(accounts.sign_in("Ann", PASSWORD, HERE, NOW).access, NOW)


@pytest.mark.parametrize("end", ["delete", "disable"])
def test_a_key_and_the_keys_it_made_end_with_the_account_of_its_maker(
    accounts: Accounts, end: str
) -> None:
    user, maker = ann(accounts)
    _, secret = accounts.keys.create("panel", {Scope.ADMIN, Scope.EDGE}, maker, NOW)
    _, child = accounts.keys.create("pi", {Scope.EDGE}, accounts.by_key(secret, NOW), NOW)
    accounts.by_key(child, NOW).require(Scope.EDGE)
    if end == "delete":
        accounts.delete_user(user.id)
    else:
        accounts.change(user.id, disabled=True)
    for key in (secret, child):
        with pytest.raises(InvalidToken, match="its maker's account"):
            accounts.by_key(key, NOW)
    with pytest.raises(InvalidToken):
        accounts.keys.edge_secret(edge_key(child).id, NOW)


def test_a_key_loses_what_its_demoted_maker_loses_and_gets_it_back(accounts: Accounts) -> None:
    user, maker = ann(accounts)
    _, secret = accounts.keys.create("x", {Scope.ADMIN, Scope.RECOGNIZE, Scope.EDGE}, maker, NOW)
    accounts.change(user.id, role=Role.OPERATOR)
    assert accounts.by_key(secret, NOW).scopes == {Scope.RECOGNIZE}
    with pytest.raises(InvalidToken, match="right 'edge'"):
        accounts.keys.edge_secret(edge_key(secret).id, NOW)
    accounts.change(user.id, role=Role.ADMIN)
    assert accounts.by_key(secret, NOW).may(Scope.ADMIN)


def test_a_key_ends_with_the_key_that_made_it(accounts: Accounts, store: SqliteStore) -> None:
    _, maker = ann(accounts)
    record, secret = accounts.keys.create("a", {Scope.ADMIN}, maker, NOW)
    _, child = accounts.keys.create("b", {Scope.ADMIN}, accounts.by_key(secret, NOW), NOW)
    store.api_keys.revoke(record.id, NOW)
    with pytest.raises(InvalidToken, match="revoked"):
        accounts.by_key(child, NOW)


def test_an_admin_key_alone_neither_makes_nor_takes_over_nor_removes_who_may_more(
    accounts: Accounts,
) -> None:
    user, maker = ann(accounts)
    _, secret = accounts.keys.create("a", {Scope.ADMIN}, maker, NOW)
    asking = accounts.by_key(secret, NOW)
    for attempt in (
        lambda: accounts.create_user("mallory", PASSWORD, Role.ADMIN, NOW, asking),
        lambda: accounts.create_user("mallory", PASSWORD, Role.VIEWER, NOW, asking),
        lambda: accounts.change_password(user.id, PASSWORD + "!", asking),
        lambda: accounts.change(user.id, role=Role.VIEWER, granter=asking),
        lambda: accounts.delete_user(user.id, asking),
    ):
        with pytest.raises(Forbidden, match="rights that key:a has not"):
            attempt()
    accounts.create_user("colleague", PASSWORD, Role.ADMIN, NOW, maker)


def test_an_edge_key_enrols_only_where_that_was_allowed(accounts: Accounts) -> None:
    _, maker = ann(accounts)
    for scopes, may in (({Scope.EDGE}, False), ({Scope.EDGE, Scope.ENROL}, True)):
        _, secret = accounts.keys.create("pi", scopes, maker, NOW)
        assert accounts.keys.may_enrol(edge_key(secret).id, NOW) is may


def test_the_first_administrator_may_nothing_before_the_password_is_changed(
    tmp_path: Path, store: SqliteStore
) -> None:
    accounts = Accounts(
        store, Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    )
    first = accounts.first_admin(NOW)
    assert first is not None
    tokens = accounts.sign_in(first.username, first.password, HERE, NOW)
    asking = accounts.by_token(tokens.access, NOW)
    with pytest.raises(PasswordNotChanged, match="change it first"):
        asking.require(Scope.ADMIN)
    accounts.change_password(asking.id, PASSWORD)
    tokens = accounts.sign_in(first.username, PASSWORD, HERE, NOW)
    accounts.by_token(tokens.access, NOW).require(Scope.ADMIN)
