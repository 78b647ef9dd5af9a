"""Who may do what: signing in, staying signed in, keys, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from argon2 import PasswordHasher

from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.errors import (
    BadAccount,
    Forbidden,
    InvalidToken,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from lookout.server.accounts.passwords import Passwords
from lookout.server.accounts.scopes import SCOPES, Principal, Scope, read_scopes
from lookout.server.accounts.tokens import ACCESS_S, REFRESH_S
from lookout.server.storage.errors import Conflict, NotFound, StorageError
from lookout.server.storage.records import Role
from lookout.server.storage.sqlite.store import SqliteStore, open_store

NOW = 1_700_000_000.0
PASSWORD = "correct horse battery"
HERE = "192.0.2.7"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        yield opened


@pytest.fixture
def accounts(store: SqliteStore) -> Accounts:
    made = Accounts(store, Passwords(QUICK))
    made.create_user("Ann", PASSWORD, Role.OPERATOR, NOW)
    return made


def test_the_first_admin_is_made_once(store: SqliteStore) -> None:
    accounts = Accounts(store)
    first = accounts.first_admin(NOW)
    assert first is not None
    assert len(first.password) == 20
    assert first.password not in repr(first)
    assert accounts.first_admin(NOW) is None
    tokens = accounts.sign_in(first.username, first.password, HERE, NOW)
    assert accounts.by_token(tokens.access, NOW).scopes == frozenset(Scope)
    (user,) = store.users.all()
    assert user.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_token_says_who_asks_and_what_they_may_do_now(
    accounts: Accounts, store: SqliteStore
) -> None:
    tokens = accounts.sign_in("ANN", PASSWORD, HERE, NOW)
    principal = accounts.by_token(tokens.access, NOW + ACCESS_S - 1)
    assert principal.name == "Ann"
    principal.require(Scope.PEOPLE_WRITE)
    with pytest.raises(Forbidden, match="'admin'"):
        principal.require(Scope.ADMIN)
    accounts.create_user("Root", PASSWORD, Role.ADMIN, NOW)
    accounts.change(principal.id, role=Role.VIEWER)
    assert accounts.by_token(tokens.access, NOW).scopes == SCOPES[Role.VIEWER]


def test_an_access_token_lasts_fifteen_minutes(accounts: Accounts) -> None:
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    with pytest.raises(InvalidToken, match="expired"):
        accounts.by_token(tokens.access, NOW + ACCESS_S)


def test_a_refresh_token_works_once_and_a_second_use_ends_the_session(accounts: Accounts) -> None:
    first = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    second = accounts.refresh(first.refresh, NOW + 60)
    accounts.by_token(second.access, NOW + 60)
    with pytest.raises(InvalidToken, match="used before"):
        accounts.refresh(first.refresh, NOW + 61)
    with pytest.raises(InvalidToken, match="over"):
        accounts.by_token(second.access, NOW + 62)
    with pytest.raises(InvalidToken, match="over"):
        accounts.refresh(second.refresh, NOW + 62)


def test_of_two_that_refresh_at_once_one_gets_tokens(accounts: Accounts) -> None:
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    barrier = threading.Barrier(4, timeout=10)
    outcomes: list[str] = []

    def refresh() -> None:
        barrier.wait()
        try:
            accounts.refresh(tokens.refresh, NOW + 1)
            outcomes.append("tokens")
        except InvalidToken:
            outcomes.append("refused")

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["refused", "refused", "refused", "tokens"]


@pytest.mark.parametrize("end", ["sign_out", "change_password", "disable", "delete"])
def test_tokens_end_with_the_session_the_password_and_the_account(
    accounts: Accounts, end: str
) -> None:
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    principal = accounts.by_token(tokens.access, NOW)
    assert principal.session is not None
    if end == "sign_out":
        accounts.sign_out(principal.session)
    elif end == "change_password":
        accounts.change_password(principal.id, PASSWORD + " staple")
    elif end == "disable":
        accounts.change(principal.id, disabled=True)
    else:
        accounts.delete_user(principal.id)
    with pytest.raises(InvalidToken):
        accounts.by_token(tokens.access, NOW)
    with pytest.raises(InvalidToken):
        accounts.refresh(tokens.refresh, NOW)


def test_a_refresh_token_opens_no_door_and_an_access_token_renews_nothing(
    accounts: Accounts,
) -> None:
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    with pytest.raises(InvalidToken, match="no access token"):
        accounts.by_token(tokens.refresh, NOW)
    with pytest.raises(InvalidToken, match="no refresh token"):
        accounts.refresh(tokens.access, NOW)
    with pytest.raises(InvalidToken, match="expired"):
        accounts.refresh(tokens.refresh, NOW + REFRESH_S)


def test_forged_tokens_are_refused(accounts: Accounts) -> None:
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    claims = jwt.decode(tokens.access, options={"verify_signature": False})
    head, body, signature = tokens.access.split(".")
    forged = [
        "",
        "x",
        "é.é.é",
        "a" * 100_000,
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        jwt.encode(claims, "k" * 64, "HS256"),
        jwt.encode(claims, "", "none"),
    ]
    for token in forged:
        with pytest.raises(InvalidToken):
            accounts.by_token(token, NOW)


def test_tokens_outlive_a_restart(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        accounts = Accounts(store, Passwords(QUICK))
        first = accounts.first_admin(NOW)
        assert first is not None
        tokens = accounts.sign_in(first.username, first.password, HERE, NOW)
    with open_store(tmp_path, {}) as store:
        accounts = Accounts(store, Passwords(QUICK))
        assert accounts.by_token(tokens.access, NOW).name == "admin"


def test_who_guesses_waits_longer_and_longer_and_others_do_not(accounts: Accounts) -> None:
    def guess(at_s: float, name: str = "Ann", address: str = HERE) -> None:
        accounts.sign_in(name, "wrong", address, at_s)

    for _ in range(4):
        with pytest.raises(WrongCredentials):
            guess(NOW)
    with pytest.raises(TooManyAttempts) as refused:
        accounts.sign_in("ann", PASSWORD, HERE, NOW)
    assert refused.value.retry_after_s == 1.0
    accounts.sign_in("Ann", PASSWORD, "192.0.2.8", NOW)  # the owner, elsewhere
    with pytest.raises(WrongCredentials):
        guess(NOW + 1)
    with pytest.raises(TooManyAttempts) as refused:
        guess(NOW + 1)
    assert refused.value.retry_after_s == 2.0
    accounts.sign_in("Ann", PASSWORD, HERE, NOW + 3)
    with pytest.raises(WrongCredentials):  # a right password clears the count
        guess(NOW + 3)


def test_one_address_cannot_try_name_after_name(accounts: Accounts) -> None:
    for i in range(31):
        with pytest.raises(WrongCredentials):
            accounts.sign_in(f"user{i}", "wrong", HERE, NOW)
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("Ann", PASSWORD, HERE, NOW)


def test_a_wrong_name_and_a_wrong_password_are_told_the_same(accounts: Accounts) -> None:
    said = set()
    for name in ("Ann", "Nobody", "\ud800", "x" * 10_000):
        with pytest.raises(WrongCredentials) as refused:
            accounts.sign_in(name, "wrong", HERE, NOW)
        said.add(str(refused.value))
    assert len(said) == 1


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "x" * 513, "Annabelle.Lee"])
def test_weak_passwords_are_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(WeakPassword):
        accounts.create_user("annabelle.lee", password, Role.VIEWER, NOW)


@pytest.mark.parametrize("name", ["", " ", "a b", "../x", "-a", "x" * 101, "a\nb", "\u202eann"])
def test_names_that_mislead_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadAccount):
        accounts.create_user(name, PASSWORD, Role.VIEWER, NOW)


def test_a_name_is_taken_in_every_letter_case(accounts: Accounts) -> None:
    with pytest.raises(Conflict):
        accounts.create_user("ANN", PASSWORD, Role.VIEWER, NOW)


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    root = accounts.create_user("root", PASSWORD, Role.ADMIN, NOW)
    for change in (
        lambda: accounts.change(root.id, role=Role.VIEWER),
        lambda: accounts.change(root.id, disabled=True),
        lambda: accounts.delete_user(root.id),
    ):
        with pytest.raises(BadAccount, match="last administrator"):
            change()
    accounts.create_user("second", PASSWORD, Role.ADMIN, NOW)
    accounts.delete_user(root.id)


def test_an_api_key_is_good_although_its_use_cannot_be_noted(
    accounts: Accounts, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    maker = Principal("u", "Ann", SCOPES[Role.OPERATOR])
    _, secret = accounts.keys.create("door", {Scope.RECOGNIZE}, maker, NOW)
    monkeypatch.setattr(type(store.api_keys), "touch", full)
    assert accounts.by_key(secret, NOW + 5).name == "key:door"


def test_an_api_key_may_what_its_scopes_say_until_it_is_revoked(
    accounts: Accounts, store: SqliteStore
) -> None:
    maker = Principal("u", "Ann", SCOPES[Role.OPERATOR])
    key, secret = accounts.keys.create("door", {Scope.RECOGNIZE}, maker, NOW)
    assert secret.startswith("lk_")
    assert len(secret) == 46
    principal = accounts.by_key(secret, NOW + 5)
    assert (principal.name, principal.scopes) == ("key:door", frozenset({Scope.RECOGNIZE}))
    assert store.api_keys.all()[0].last_used_at == NOW + 5
    accounts.by_key(secret, NOW + 50)
    assert store.api_keys.all()[0].last_used_at == NOW + 5
    store.api_keys.revoke(key.id, NOW + 100)
    with pytest.raises(InvalidToken, match="revoked"):
        accounts.by_key(secret, NOW + 101)
    for wrong in ("", "lk_", secret[:-1], secret + "A", "\ud800"):
        with pytest.raises(InvalidToken, match="no API key"):
            accounts.by_key(wrong, NOW)


def test_an_api_key_expires(accounts: Accounts) -> None:
    maker = Principal("u", "Ann", SCOPES[Role.OPERATOR])
    _, secret = accounts.keys.create("x", {Scope.RECOGNIZE}, maker, NOW, expires_at=NOW + 10)
    accounts.by_key(secret, NOW + 9)
    with pytest.raises(InvalidToken, match="expired"):
        accounts.by_key(secret, NOW + 10)


def test_nobody_makes_a_key_that_may_more_than_they(accounts: Accounts) -> None:
    maker = Principal("u", "Ann", SCOPES[Role.OPERATOR])
    for scopes in ({Scope.ADMIN}, {Scope.RECOGNIZE, Scope.EDGE}, set()):
        with pytest.raises(BadAccount):
            accounts.keys.create("x", scopes, maker, NOW)
    with pytest.raises(BadAccount, match="people:read"):
        read_scopes(["people:fly"])


def test_no_secret_stands_in_the_database(
    accounts: Accounts, store: SqliteStore, tmp_path: Path
) -> None:
    maker = Principal("u", "Ann", SCOPES[Role.OPERATOR])
    _, secret = accounts.keys.create("door", {Scope.RECOGNIZE}, maker, NOW)
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    with pytest.raises(WrongCredentials):
        accounts.sign_in("Ann", "wrong", HERE, NOW)
    signing_key = str(store.settings.get("jwt_key"))
    store.close()
    content = b"".join(p.read_bytes() for p in (tmp_path / "data").glob("lookout.db*"))
    assert b"Ann" in content
    for hidden in (secret[3:], PASSWORD, tokens.access, tokens.refresh, signing_key, HERE):
        assert hidden.encode() not in content


def test_forgotten_failures_and_expired_sessions_are_tidied_away(
    accounts: Accounts, store: SqliteStore
) -> None:
    tokens = accounts.sign_in("Ann", PASSWORD, HERE, NOW)
    session = accounts.by_token(tokens.access, NOW).session
    assert session is not None
    with pytest.raises(WrongCredentials):
        accounts.sign_in("Ann", "wrong", HERE, NOW)
    accounts.tidy(NOW + REFRESH_S + 1)
    with pytest.raises(NotFound):
        store.sessions.get(session)
    assert store.login_failures.get(f"address\n{HERE}").count == 0
