"""User accounts and their sign-ins in MongoDB."""

from __future__ import annotations

from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.records import Failures, LoginSession, User
from lookout.server.storage.rows.accounts import (
    folded,
    read_session,
    read_user,
    session_fields,
    user_fields,
)


class MongoUsers:
    """`server.storage.store_users.Users`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, user: User) -> None:
        try:
            with self._tools.database.write() as writer:
                writer.insert("users", user_fields(user))
        except Conflict as error:
            raise _taken(user) from error

    def update(self, user: User) -> None:
        fields = user_fields(user)
        del fields["created_at"]
        try:
            with self._tools.database.write() as writer:
                changed = writer.update("users", {"_id": user.id}, fields)
        except Conflict as error:
            raise _taken(user) from error
        if not changed:
            raise _no_user(user.id)

    def get(self, user: str) -> User:
        with self._tools.database.read() as reader:
            row = reader.one("users", {"_id": user})
        if row is None:
            raise _no_user(user)
        return read_user(row)

    def find(self, username: str) -> User | None:
        with self._tools.database.read() as reader:
            row = reader.one("users", {"folded": folded(username)})
        return None if row is None else read_user(row)

    def all(self) -> tuple[User, ...]:
        with self._tools.database.read() as reader:
            return tuple(map(read_user, reader.find("users", {}, (("folded", 1),))))

    def delete(self, user: str) -> None:
        with self._tools.database.write() as writer:
            if not writer.delete("users", {"_id": user}):
                raise _no_user(user)
            writer.delete("sessions", {"user": user})


class MongoSessions:
    """`server.storage.store_users.Sessions`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, session: LoginSession) -> None:
        gone = "the user of this session is gone"
        try:
            with self._tools.database.write() as writer:
                if writer.one("users", {"_id": session.user}, ("_id",)) is None:
                    raise NotFound(gone)
                writer.insert("sessions", session_fields(session))
        except Conflict as error:
            raise NotFound(gone) from error

    def get(self, session: str) -> LoginSession:
        with self._tools.database.read() as reader:
            row = reader.one("sessions", {"_id": session})
        if row is None:
            raise NotFound("there is no such session")
        return read_session(row)

    def renew(self, session: str, old_refresh_id: str, refresh_id: str, expires_at: float) -> bool:
        query = {"_id": session, "refresh_id": old_refresh_id, "revoked": 0}
        changes = {"refresh_id": refresh_id, "expires_at": expires_at}
        with self._tools.database.write() as writer:
            return writer.update("sessions", query, changes) == 1

    def revoke(self, session: str) -> None:
        with self._tools.database.write() as writer:
            writer.update("sessions", {"_id": session}, {"revoked": 1})

    def revoke_all(self, user: str) -> None:
        with self._tools.database.write() as writer:
            writer.update("sessions", {"user": user}, {"revoked": 1})

    def delete_expired(self, now_s: float) -> int:
        with self._tools.database.write() as writer:
            return writer.delete("sessions", {"expires_at": {"$lt": now_s}})


class MongoLoginFailures:
    """`server.storage.store_users.LoginFailures`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def get(self, subject: str) -> Failures:
        with self._tools.database.read() as reader:
            row = reader.one("login_failures", {"_id": self._index(subject)})
        return Failures() if row is None else Failures(row["count"], row["last_s"])

    def add(self, subject: str, now_s: float) -> Failures:
        with self._tools.database.write() as writer:
            failures = Failures(self.get(subject).count + 1, now_s)
            writer.upsert(
                "login_failures",
                {
                    "subject_index": self._index(subject),
                    "count": failures.count,
                    "last_s": failures.last_s,
                },
            )
        return failures

    def clear(self, subject: str) -> None:
        with self._tools.database.write() as writer:
            writer.delete("login_failures", {"_id": self._index(subject)})

    def delete_before(self, before_s: float) -> int:
        with self._tools.database.write() as writer:
            return writer.delete("login_failures", {"last_s": {"$lt": before_s}})

    def _index(self, subject: str) -> bytes:
        return self._tools.blinder.text("login", subject)


def _taken(user: User) -> Conflict:
    return Conflict(f"there is a user {user.username!r:.60} already")


def _no_user(user: str) -> NotFound:
    return NotFound(f"there is no user {user!r:.60}")
