"""Users and API keys: for administrators."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.routes.sign_in import Password, Username
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, allow
from lookout.server.storage.records import ApiKey, Role, User

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["users"])

Expiry = Annotated[float | None, Field(ge=0, le=1e11, description="Unix seconds")]


class UserOut(BaseModel):
    id: str
    username: str
    role: Role
    created_at: float
    disabled: bool

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(
            id=user.id,
            username=user.username,
            role=user.role,
            created_at=user.created_at,
            disabled=user.disabled,
        )


class NewUser(BaseModel):
    username: Username
    password: Password = Field(repr=False)
    role: Role


class UserChange(BaseModel):
    """What is left out stays as it is."""

    role: Role | None = None
    disabled: bool | None = None
    password: Password | None = Field(None, repr=False)


class KeyOut(BaseModel):
    id: str
    name: str
    rights: list[str]
    created_by: str
    created_at: float
    expires_at: float | None
    last_used_at: float | None
    revoked_at: float | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyOut:
        return cls(
            id=key.id,
            name=key.name,
            rights=sorted(key.scopes),
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class NewKey(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    rights: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_at: Expiry = None


class MadeKey(BaseModel):
    """`key` is told this once and kept nowhere."""

    key: str
    record: KeyOut


@router.get("/users")
@allow(Scope.ADMIN)
def users(parts: Deps) -> list[UserOut]:
    """Every account."""
    return [UserOut.of(user) for user in parts.store.users.all()]


@router.post("/users", status_code=201)
@allow(Scope.ADMIN)
def add_user(given: NewUser, parts: Deps, trail: Trailing) -> UserOut:
    """Make an account, with no right that one has not."""
    user = parts.accounts.create_user(
        given.username, given.password, given.role, time.time(), trail.actor
    )
    trail.note("user.add", user.id, role=user.role.value)
    return UserOut.of(user)


@router.patch("/users/{user}")
@allow(Scope.ADMIN)
def change_user(user: Id, given: UserChange, parts: Deps, trail: Trailing) -> UserOut:
    """Change a role, disable, or set a password; the last administrator stays one."""
    changed = parts.accounts.change(user, given.role, given.disabled, trail.actor)
    if given.password is not None:
        parts.accounts.change_password(user, given.password, trail.actor)
    trail.note("user.change", user, **given.model_dump(exclude={"password"}, exclude_none=True))
    return UserOut.of(changed)


@router.delete("/users/{user}", status_code=204)
@allow(Scope.ADMIN)
def delete_user(user: Id, parts: Deps, trail: Trailing) -> None:
    """Remove an account and end its sessions."""
    parts.accounts.delete_user(user, trail.actor)
    trail.note("user.delete", user)


@router.get("/keys")
@allow(Scope.ADMIN)
def keys(parts: Deps) -> list[KeyOut]:
    """Every API key; the keys themselves are kept nowhere."""
    return [KeyOut.of(key) for key in parts.store.api_keys.all()]


@router.post("/keys", status_code=201)
@allow(Scope.ADMIN)
def add_key(given: NewKey, asking: Asking, parts: Deps, trail: Trailing) -> MadeKey:
    """Make an API key for a program, with some of one's own rights."""
    key, secret = parts.accounts.keys.create(
        given.name, frozenset(given.rights), asking, time.time(), given.expires_at
    )
    trail.note("key.add", key.id, rights=sorted(key.scopes))
    return MadeKey(key=secret, record=KeyOut.of(key))


@router.delete("/keys/{key}", status_code=204)
@allow(Scope.ADMIN)
def revoke_key(key: Id, parts: Deps, trail: Trailing) -> None:
    """Revoke an API key at once."""
    parts.store.api_keys.revoke(key, time.time())
    trail.note("key.revoke", key)
