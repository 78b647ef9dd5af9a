"""The errors of users, tokens and API keys.

AccountError
├── WrongCredentials   no such user, wrong password, or the account is disabled: never says which
├── TooManyAttempts    signing in failed too often; `retry_after_s` says how long to wait
├── InvalidToken       a token or API key is expired, revoked, or none of ours
├── Forbidden          known, but not allowed to do this
│   └── PasswordNotChanged  … before the password that the program made has been changed
├── WeakPassword       too short, too long, or the user's own name
└── BadAccount         the change of an account cannot be
"""

from __future__ import annotations

from lookout.server.errors import ServerError


class AccountError(ServerError):
    """Base of everything that accounts raise; its text is one line for people."""


class WrongCredentials(AccountError):
    """No such user, a wrong password, or a disabled account: never says which."""


class TooManyAttempts(AccountError):
    """Signing in failed too often, or too many sign in at once."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"too many attempts to sign in; wait {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class InvalidToken(AccountError):
    """A token or API key is expired, revoked, or none of ours."""


class Forbidden(AccountError):
    """Known, but not allowed to do this."""


class PasswordNotChanged(Forbidden):
    """Known, but not allowed to do this before the password has been changed."""


class WeakPassword(AccountError):
    """The password is too short, too long, or the user's own name."""


class BadAccount(AccountError):
    """The change of an account cannot be."""
