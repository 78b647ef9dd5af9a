"""User accounts and their sign-ins in SQLite."""

from __future__ import annotations

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.records import Failures, LoginSession, User
from lookout.server.storage.rows.accounts import (
    folded,
    read_session,
    read_user,
    session_fields,
    user_fields,
)
from lookout.server.storage.sqlite.common import Tools, insert, update


class SqliteUsers:
    """`server.storage.store_users.Users`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, user: User) -> None:
        try:
            with self._tools.database.write() as writer:
                insert(writer, "users", user_fields(user))
        except Conflict as error:
            raise _taken(user) from error

    def update(self, user: User) -> None:
        try:
            with self._tools.database.write() as writer:
                fields = user_fields(user)
                del fields["created_at"]
                changed = update(writer, "users", fields, "id = ?", user.id)
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
        found = self._fetch("WHERE folded = ?", folded(username))
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
        return tuple(map(read_user, rows))


class SqliteSessions:
    """`server.storage.store_users.Sessions`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, session: LoginSession) -> None:
        try:
            with self._tools.database.write() as writer:
                insert(writer, "sessions", session_fields(session))
        except Conflict as error:
            raise NotFound("the user of this session is gone") from error

    def get(self, session: str) -> LoginSession:
        with self._tools.database.read() as reader:
            row = reader.execute("SELECT * FROM sessions WHERE id = ?", (session,)).fetchone()
        if row is None:
            raise NotFound("there is no such session")
        return read_session(row)

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


def _taken(user: User) -> Conflict:
    return Conflict(f"there is a user {user.username!r:.60} already")


def _no_user(user: str) -> NotFound:
    return NotFound(f"there is no user {user!r:.60}")
