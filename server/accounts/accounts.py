"""Users: accounts, sign-ins, and the principal that a token belongs to."""

from __future__ import annotations

import dataclasses
import re
import secrets
import unicodedata
from dataclasses import dataclass, field

from lookout.server.accounts import delay
from lookout.server.accounts.errors import (
    BadAccount,
    InvalidToken,
    TooManyAttempts,
    WrongCredentials,
)
from lookout.server.accounts.keys import ApiKeyRing, maker_of_user
from lookout.server.accounts.passwords import Passwords, make_password
from lookout.server.accounts.scopes import NO_AUTH, SCOPES, Principal, require_grantable
from lookout.server.accounts.tokens import REFRESH_S, Claims, TokenMaker, Tokens
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import LoginSession, Role, User, new_id
from lookout.server.storage.store import Store

FIRST_ADMIN = "admin"
_USERNAME = re.compile(r"[^\W_][\w.@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The account that a new store begins with. The password is never to be had again."""

    username: str
    password: str = field(repr=False)


class Accounts:
    """Everything about who may do what, on a store. Safe from every thread."""

    def __init__(self, store: Store, passwords: Passwords | None = None) -> None:
        self._store = store
        self._passwords = passwords or Passwords()
        self._tokens = TokenMaker(store)
        self.keys = ApiKeyRing(store)

    def first_admin(self, now_s: float) -> FirstAdmin | None:
        """Make the first account where there is none; None where there is one already."""
        if self._store.users.all():
            return None
        password = make_password()
        user = dataclasses.replace(
            self._new_user(FIRST_ADMIN, password, Role.ADMIN, now_s), must_change_password=True
        )
        with self._store.transaction():
            if self._store.users.all():
                return None
            self._store.users.add(user)
        return FirstAdmin(user.username, password)

    def create_user(
        self,
        username: str,
        password: str,
        role: Role,
        now_s: float,
        granter: Principal = NO_AUTH,
        cameras: frozenset[str] | None = None,
    ) -> User:
        """Makes an account, which may know of these cameras; `granter` must have every right of the
        role and may know of them, too.

        Raises Forbidden, WeakPassword, BadAccount, and Conflict where the name is taken.
        """
        require_grantable(granter, role, cameras)
        _check_cameras(role, cameras)
        user = self._new_user(username, password, role, now_s)
        user = dataclasses.replace(user, cameras=cameras)
        self._store.users.add(user)
        return user

    def sign_in(self, username: str, password: str, address: str, now_s: float) -> Tokens:
        """Begin a session. Raises WrongCredentials or TooManyAttempts."""
        with self._passwords.slot() as slot:
            # looked at inside the slot: those who wait for one must see the failures before them
            counts = _counts(username, address)
            self._check_waits(counts, now_s)
            user = self._store.users.find(username) if _USERNAME.fullmatch(username) else None
            right = slot.verify(None if user is None else user.password_hash, password)
            if user is None or not right or user.disabled:
                self._count_failure(counts, now_s)
                raise WrongCredentials("the user name or the password is wrong")
        for subject in (pair_subject(username, address), f"name\n{username}"):
            self._store.login_failures.clear(subject)
        session = LoginSession(
            new_id(), user.id, secrets.token_urlsafe(18), now_s, now_s + REFRESH_S
        )
        self._store.sessions.add(session)
        return self._tokens.make(user.id, session.id, session.refresh_id, now_s)

    def refresh(self, refresh_token: str, now_s: float) -> Tokens:
        """Fresh tokens for a refresh token, which is used up by it.

        One that is used twice has been stolen from one of its two users: the session ends for
        both. Raises InvalidToken.
        """
        claims = self._tokens.read_refresh(refresh_token, now_s)
        self._live(claims)
        refresh_id = secrets.token_urlsafe(18)
        renewed = self._store.sessions.renew(
            claims.session, claims.token, refresh_id, now_s + REFRESH_S
        )
        if not renewed:
            self._store.sessions.revoke(claims.session)
            raise InvalidToken("this refresh token has been used before; sign in again")
        return self._tokens.make(claims.user, claims.session, refresh_id, now_s)

    def prolong(self, refresh_token: str, now_s: float) -> Tokens:
        """Fresh tokens for a refresh token that stays good: a browser keeps it where no script can
        take it, and its tabs, which share it, may ask at the same time. Raises InvalidToken."""
        claims = self._tokens.read_refresh(refresh_token, now_s)
        self._live(claims)
        refresh_id = claims.token
        if not self._store.sessions.renew(
            claims.session, refresh_id, refresh_id, now_s + REFRESH_S
        ):
            raise InvalidToken("this sign-in is over; sign in again")
        return self._tokens.make(claims.user, claims.session, refresh_id, now_s)

    def by_token(self, access_token: str, now_s: float) -> Principal:
        """The user whom an access token belongs to, with their rights of now.

        Raises InvalidToken.
        """
        claims = self._tokens.read_access(access_token, now_s)
        return _principal(self._live(claims), claims.session)

    def by_id(self, user: str) -> Principal | None:
        """A user, with their rights of now; None where there is none, or who is disabled."""
        try:
            found = self._store.users.get(user)
        except NotFound:
            return None
        return None if found.disabled else _principal(found, None)

    def by_key(self, secret: str, now_s: float) -> Principal:
        """The program that an API key belongs to. Raises InvalidToken."""
        return self.keys.principal(secret, now_s)

    def sign_out(self, session: str) -> None:
        """End a session: neither of its tokens works any more."""
        self._store.sessions.revoke(session)

    def change_password(self, user: str, password: str, granter: Principal | None = None) -> None:
        """Sets a password and ends the user's sessions; `granter` is somebody else who sets it.

        Raises Forbidden, WeakPassword, NotFound.
        """
        old = self._store.users.get(user)
        if granter is not None:
            require_grantable(granter, old.role, old.cameras)
        hashed = self._passwords.hash(password, old.username)
        with self._store.transaction():
            current = self._store.users.get(user)
            self._store.users.update(
                dataclasses.replace(current, password_hash=hashed, must_change_password=False)
            )
            self._store.sessions.revoke_all(user)

    def change(
        self,
        user: str,
        role: Role | None = None,
        disabled: bool | None = None,
        granter: Principal = NO_AUTH,
    ) -> User:
        """Changes the role, or disables; `granter` must have every right of both roles.

        Raises NotFound, Forbidden, and BadAccount for the last administrator.
        """
        with self._store.transaction():
            old = self._store.users.get(user)
            require_grantable(granter, old.role, old.cameras)
            new = dataclasses.replace(
                old,
                role=old.role if role is None else role,
                disabled=old.disabled if disabled is None else disabled,
            )
            require_grantable(granter, new.role, new.cameras)
            _check_cameras(new.role, new.cameras)
            self._keep_an_admin(old, stays_admin=new.role is Role.ADMIN and not new.disabled)
            self._store.users.update(new)
            if new.disabled:
                self._store.sessions.revoke_all(user)
        return new

    def limit(
        self, user: str, cameras: frozenset[str] | None, granter: Principal = NO_AUTH
    ) -> User:
        """Lets the user know of these cameras alone; None: of all.

        Raises NotFound, Forbidden, and BadAccount for an administrator.
        """
        with self._store.transaction():
            old = self._store.users.get(user)
            require_grantable(granter, old.role, old.cameras)
            require_grantable(granter, old.role, cameras)
            _check_cameras(old.role, cameras)
            new = dataclasses.replace(old, cameras=cameras)
            self._store.users.update(new)
        return new

    def delete_user(self, user: str, granter: Principal = NO_AUTH) -> None:
        """Raises NotFound, Forbidden, and BadAccount for the last administrator."""
        with self._store.transaction():
            old = self._store.users.get(user)
            require_grantable(granter, old.role, old.cameras)
            self._keep_an_admin(old, stays_admin=False)
            self._store.users.delete(user)

    def tidy(self, now_s: float) -> None:
        """Forget what has expired; to be called now and then."""
        self._store.sessions.delete_expired(now_s)
        self._store.login_failures.delete_before(now_s - delay.FORGOTTEN_AFTER_S)

    def _new_user(self, username: str, password: str, role: Role, now_s: float) -> User:
        username = unicodedata.normalize("NFC", username)
        if not _USERNAME.fullmatch(username):
            raise BadAccount(
                "a user name has 1 to 100 letters, digits and . _ @ + -, and begins with a letter "
                "or digit"
            )
        return User(new_id(), username, role, now_s, self._passwords.hash(password, username))

    def _live(self, claims: Claims) -> User:
        try:
            session = self._store.sessions.get(claims.session)
            user = self._store.users.get(claims.user)
        except NotFound as error:
            raise InvalidToken("this sign-in is over; sign in again") from error
        if session.revoked or session.user != user.id or user.disabled:
            raise InvalidToken("this sign-in is over; sign in again")
        return user

    def _check_waits(self, counts: dict[str, delay.DelayRule], now_s: float) -> None:
        failures = self._store.login_failures
        wait_s = max(
            delay.wait_s(failures.get(subject), rule, now_s) for subject, rule in counts.items()
        )
        if wait_s > 0:
            raise TooManyAttempts(wait_s)

    def _count_failure(self, counts: dict[str, delay.DelayRule], now_s: float) -> None:
        failures = self._store.login_failures
        with self._store.transaction():
            for subject in counts:
                if delay.is_forgotten(failures.get(subject), now_s):
                    failures.clear(subject)
                failures.add(subject, now_s)

    def _keep_an_admin(self, user: User, stays_admin: bool) -> None:
        others = [
            other
            for other in self._store.users.all()
            if other.role is Role.ADMIN and not other.disabled and other.id != user.id
        ]
        if not others and user.role is Role.ADMIN and not stays_admin:
            raise BadAccount("this is the last administrator: make another one first")


def _check_cameras(role: Role, cameras: frozenset[str] | None) -> None:
    if role is Role.ADMIN and cameras is not None:
        raise BadAccount("an administrator sees every camera: only other roles can be limited")


def _principal(user: User, session: str | None) -> Principal:
    return Principal(
        user.id,
        user.username,
        SCOPES[user.role],
        session,
        maker_of_user(user.id),
        user.must_change_password,
        user.cameras,
    )


def pair_subject(username: str, address: str) -> str:
    """What the failures of one name at one address are counted under."""
    return f"pair\n{username}\n{address}"


def _counts(username: str, address: str) -> dict[str, delay.DelayRule]:
    return {
        pair_subject(username, address): delay.PAIR,
        f"name\n{username}": delay.NAME,
        f"address\n{address}": delay.ADDRESS,
    }
