"""Users and API keys: for administrators."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Deps
from lookout.server.api.routes.sign_in import Password, Username
from lookout.server.api.schemas.common import Id, IdText
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, allow
from lookout.server.storage.records import ApiKey, Role, User

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["users"])

Expiry = Annotated[float | None, Field(ge=0, le=1e11, description="Unix seconds")]


Cameras = Annotated[
    list[IdText] | None,
    Field(max_length=512, description="ids of the only cameras to know of; null: all"),
]


class UserOut(BaseModel):
    id: str
    username: str
    role: Role
    created_at: float
    disabled: bool
    cameras: list[str] | None

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(
            id=user.id,
            username=user.username,
            role=user.role,
            created_at=user.created_at,
            disabled=user.disabled,
            cameras=None if user.cameras is None else sorted(user.cameras),
        )


class NewUser(BaseModel):
    username: Username
    password: Password = Field(repr=False)
    role: Role
    cameras: Cameras = None


class UserChange(BaseModel):
    """What is left out stays as it is; `cameras`: null lifts the limit."""

    role: Role | None = None
    disabled: bool | None = None
    cameras: Cameras = None
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
    cameras: list[str] | None

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
            cameras=None if key.cameras is None else sorted(key.cameras),
        )


class NewKey(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    rights: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_at: Expiry = None
    cameras: Cameras = None


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
        given.username,
        given.password,
        given.role,
        time.time(),
        trail.actor,
        _limit(given.cameras),
    )
    trail.note("user.add", user.id, role=user.role.value, cameras=given.cameras)
    return UserOut.of(user)


@router.patch("/users/{user}")
@allow(Scope.ADMIN)
def change_user(user: Id, given: UserChange, parts: Deps, trail: Trailing) -> UserOut:
    """Change a role, disable, limit to some cameras, or set a password; the last administrator
    stays one."""
    if "cameras" in given.model_fields_set:
        parts.accounts.limit(user, _limit(given.cameras), trail.actor)
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
        given.name,
        frozenset(given.rights),
        asking,
        time.time(),
        given.expires_at,
        _limit(given.cameras),
    )
    trail.note("key.add", key.id, rights=sorted(key.scopes))
    return MadeKey(key=secret, record=KeyOut.of(key))


@router.delete("/keys/{key}", status_code=204)
@allow(Scope.ADMIN)
def revoke_key(key: Id, parts: Deps, trail: Trailing) -> None:
    """Revoke an API key at once."""
    parts.store.api_keys.revoke(key, time.time())
    trail.note("key.revoke", key)


def _limit(cameras: list[str] | None) -> frozenset[str] | None:
    return None if cameras is None else frozenset(cameras)
