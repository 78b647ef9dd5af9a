"""Accounts, sign-ins, API keys and audit entries as rows."""

from __future__ import annotations

import json
import unicodedata

from lookout.server.storage.paging import read_names, write_names
from lookout.server.storage.records import ApiKey, AuditEntry, LoginSession, Role, User
from lookout.server.storage.rows.row import Fields, ReadRow
from lookout.server.storage.vault import DataKey


def folded(username: str) -> str:
    """The name without letter case and Unicode form, by which users are told apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", username).casefold())


def user_fields(user: User) -> Fields:
    return {
        "id": user.id,
        "username": user.username,
        "folded": folded(user.username),
        "role": str(user.role),
        "password_hash": user.password_hash,
        "disabled": int(user.disabled),
        "created_at": user.created_at,
        "must_change_password": int(user.must_change_password),
        "cameras": write_names(user.cameras),
    }


def read_user(row: ReadRow) -> User:
    return User(
        id=row["id"],
        username=row["username"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        password_hash=row["password_hash"],
        disabled=bool(row["disabled"]),
        must_change_password=bool(row["must_change_password"]),
        cameras=read_names(row["cameras"]),
    )


def session_fields(session: LoginSession) -> Fields:
    return {
        "id": session.id,
        "user": session.user,
        "refresh_id": session.refresh_id,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "revoked": int(session.revoked),
    }


def read_session(row: ReadRow) -> LoginSession:
    return LoginSession(
        id=row["id"],
        user=row["user"],
        refresh_id=row["refresh_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked=bool(row["revoked"]),
    )


def api_key_fields(key: ApiKey, store_key: DataKey) -> Fields:
    secret = key.edge_secret
    return {
        "id": key.id,
        "name": key.name,
        "secret_hash": key.secret_hash,
        "scopes": json.dumps(sorted(key.scopes)),
        "created_by": key.created_by,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "edge_id": key.edge_id or None,
        "sealed_edge_secret": store_key.seal(secret.encode()) if secret else None,
        "maker": key.maker,
        "cameras": write_names(key.cameras),
    }


def read_api_key(row: ReadRow, store_key: DataKey) -> ApiKey:
    sealed = row["sealed_edge_secret"]
    return ApiKey(
        id=row["id"],
        name=row["name"],
        secret_hash=row["secret_hash"],
        scopes=frozenset(json.loads(row["scopes"])),
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
        edge_id=row["edge_id"] or "",
        edge_secret=store_key.open(sealed).decode() if sealed else "",
        maker=row["maker"],
        cameras=read_names(row["cameras"]),
    )


def audit_fields(entry: AuditEntry, store_key: DataKey) -> Fields:
    return {
        "id": entry.id,
        "at_s": entry.at_s,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "sealed_detail": store_key.seal_json({**entry.detail}),
    }


def read_audit(row: ReadRow, store_key: DataKey) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at_s=row["at_s"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=store_key.open_mapping(row["sealed_detail"]),
    )
