"""User accounts and their sign-ins in SQLite."""

from __future__ import annotations

import sqlite3
import unicodedata

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.records import Failures, LoginSession, Role, User
from lookout.server.storage.sqlite.common import Tools, read_names, write_names


class SqliteUsers:
    """`server.storage.store_users.Users`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, user: User) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.execute(
                    "INSERT INTO users (username, folded, role, password_hash, disabled, "
                    "must_change_password, cameras, id, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*_values(user), user.id, user.created_at),
                )
        except Conflict as error:
            raise _taken(user) from error

    def update(self, user: User) -> None:
        try:
            with self._tools.database.write() as writer:
                changed = writer.execute(
                    "UPDATE users SET username = ?, folded = ?, role = ?, password_hash = ?, "
                    "disabled = ?, must_change_password = ?, cameras = ? WHERE id = ?",
                    (*_values(user), user.id),
                ).rowcount
        except Conflict as error:
            raise _taken(user) from error
        if not changed:
            raise _no_user(user.id)

    def get(self, user: str) -> User:
        found = self._fetch("WHERE id = ?", user)
        if not found:
            raise _no_user(user)
        return found[0]

    def find(self, username: str) -> User | None:
        found = self._fetch("WHERE folded = ?", _folded(username))
        return found[0] if found else None

    def all(self) -> tuple[User, ...]:
        return self._fetch("ORDER BY folded")

    def delete(self, user: str) -> None:
        with self._tools.database.write() as writer:
            if not writer.execute("DELETE FROM users WHERE id = ?", (user,)).rowcount:
                raise _no_user(user)
            self._tools.forget(())

    def _fetch(self, condition: str, *values: str) -> tuple[User, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(f"SELECT * FROM users {condition}", values).fetchall()
        return tuple(
            User(
                id=row["id"],
                username=row["username"],
                role=Role(row["role"]),
                created_at=row["created_at"],
                password_hash=row["password_hash"],
                disabled=bool(row["disabled"]),
                must_change_password=bool(row["must_change_password"]),
                cameras=read_names(row["cameras"]),
            )
            for row in rows
        )


class SqliteSessions:
    """`server.storage.store_users.Sessions`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, session: LoginSession) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.execute(
                    "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        session.id,
                        session.user,
                        session.refresh_id,
                        session.created_at,
                        session.expires_at,
                        session.revoked,
                    ),
                )
        except Conflict as error:
            raise NotFound("the user of this session is gone") from error

    def get(self, session: str) -> LoginSession:
        with self._tools.database.read() as reader:
            row = reader.execute("SELECT * FROM sessions WHERE id = ?", (session,)).fetchone()
        if row is None:
            raise NotFound("there is no such session")
        return _session(row)

    def renew(self, session: str, old_refresh_id: str, refresh_id: str, expires_at: float) -> bool:
        with self._tools.database.write() as writer:
            changed = writer.execute(
                "UPDATE sessions SET refresh_id = ?, expires_at = ? "
                "WHERE id = ? AND refresh_id = ? AND revoked = 0",
                (refresh_id, expires_at, session, old_refresh_id),
            ).rowcount
        return changed == 1

    def revoke(self, session: str) -> None:
        with self._tools.database.write() as writer:
            writer.execute("UPDATE sessions SET revoked = 1 WHERE id = ?", (session,))

    def revoke_all(self, user: str) -> None:
        with self._tools.database.write() as writer:
            writer.execute("UPDATE sessions SET revoked = 1 WHERE user = ?", (user,))

    def delete_expired(self, now_s: float) -> int:
        with self._tools.database.write() as writer:
            return writer.execute("DELETE FROM sessions WHERE expires_at < ?", (now_s,)).rowcount


class SqliteLoginFailures:
    """`server.storage.store_users.LoginFailures`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def get(self, subject: str) -> Failures:
        with self._tools.database.read() as reader:
            row = reader.execute(
                "SELECT count, last_s FROM login_failures WHERE subject_index = ?",
                (self._index(subject),),
            ).fetchone()
        return Failures() if row is None else Failures(row["count"], row["last_s"])

    def add(self, subject: str, now_s: float) -> Failures:
        with self._tools.database.write() as writer:
            row = writer.execute(
                "INSERT INTO login_failures VALUES (?, 1, ?) ON CONFLICT DO UPDATE "
                "SET count = count + 1, last_s = excluded.last_s RETURNING count, last_s",
                (self._index(subject), now_s),
            ).fetchone()
        return Failures(row["count"], row["last_s"])

    def clear(self, subject: str) -> None:
        with self._tools.database.write() as writer:
            writer.execute(
                "DELETE FROM login_failures WHERE subject_index = ?", (self._index(subject),)
            )

    def delete_before(self, before_s: float) -> int:
        with self._tools.database.write() as writer:
            return writer.execute(
                "DELETE FROM login_failures WHERE last_s < ?", (before_s,)
            ).rowcount

    def _index(self, subject: str) -> bytes:
        return self._tools.blinder.text("login", subject)


def _session(row: sqlite3.Row) -> LoginSession:
    return LoginSession(
        id=row["id"],
        user=row["user"],
        refresh_id=row["refresh_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked=bool(row["revoked"]),
    )


def _values(user: User) -> tuple[str, str, str, str, bool, bool, str | None]:
    return (
        user.username,
        _folded(user.username),
        user.role,
        user.password_hash,
        user.disabled,
        user.must_change_password,
        write_names(user.cameras),
    )


def _folded(username: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", username).casefold())


def _taken(user: User) -> Conflict:
    return Conflict(f"there is a user {user.username!r:.60} already")


def _no_user(user: str) -> NotFound:
    return NotFound(f"there is no user {user!r:.60}")
