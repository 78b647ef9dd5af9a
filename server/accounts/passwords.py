"""Passwords: Argon2id with the parameters of RFC 9106's second choice (64 MiB, 3 passes)."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lookout.server.accounts.errors import TooManyAttempts, WeakPassword

MIN_CHARACTERS = 10
MAX_CHARACTERS = 512
AT_ONCE = 2
"""Hashes computed at the same time: each takes 64 MiB and a core for about 0.1 s."""
WAIT_S = 10.0


class Passwords:
    """Hashes and verifies; safe from every thread, `AT_ONCE` of them at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str, username: str) -> str:
        """The hash to keep. Raises WeakPassword."""
        check_password(password, username)
        with self._slots:
            return self._hasher.hash(_bytes(password))

    def slot(self) -> HashingSlot:
        """The right to verify one password. Raises TooManyAttempts on entry if none comes free."""
        return HashingSlot(self)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        # nobody's hash takes as long as somebody's, so the time does not tell whether they exist
        try:
            matches = self._hasher.verify(
                password_hash or self._nobody, _bytes(password[: MAX_CHARACTERS + 1])
            )
        except (VerificationError, InvalidHashError):
            return False
        return matches and password_hash is not None


class HashingSlot:
    """One of the few places where a password is verified."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords

    def __enter__(self) -> HashingSlot:
        if not self._passwords._slots.acquire(timeout=WAIT_S):
            raise TooManyAttempts(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._passwords._slots.release()

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right; False, just as slowly, where there is no such user."""
        return self._passwords._verify(password_hash, password)


def check_password(password: str, username: str) -> None:
    """Length is what counts (NIST SP 800-63B); rules about digits make passwords worse.

    Raises WeakPassword.
    """
    if len(password) < MIN_CHARACTERS:
        raise WeakPassword(f"a password has at least {MIN_CHARACTERS} characters")
    if len(password) > MAX_CHARACTERS:
        raise WeakPassword(f"a password has at most {MAX_CHARACTERS} characters")
    if password.casefold() == username.casefold() or len(set(password)) < 4:
        raise WeakPassword("this password would be guessed at once; take a few random words")


def _bytes(password: str) -> bytes:
    # JSON can carry half a character, which plain UTF-8 cannot
    return password.encode("utf-8", "surrogatepass")


def make_password() -> str:
    """A random one of 120 bits, in 20 characters."""
    return secrets.token_urlsafe(15)
