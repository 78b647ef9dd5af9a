"""The networks: which there are, which are loaded, and their installation by an administrator."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from lookout.faces.errors import ModelError, ModelUnconfirmed
from lookout.faces.memory import resident_bytes
from lookout.faces.models.entry import ModelEntry
from lookout.faces.models.install import install, remove, verify
from lookout.faces.models.manager import ModelManager, ModelUse
from lookout.faces.models.store import ModelStore
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.routes.jobs import JobOut
from lookout.server.api.security.audit_trail import Trail, Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.services.job_runner import Progress, Work
from lookout.server.storage.errors import NotFound

router = APIRouter(prefix="/api/v1/models", route_class=Guarded, tags=["models"])

Name = Annotated[str, Path(min_length=1, max_length=64)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class ModelOut(BaseModel):
    """One entry of the registry. bytes: 0 where its maker does not say."""

    name: str
    task: str
    licence: str
    commercial: bool
    source: str
    note: str
    bytes: int
    here: bool = Field(description="its files lie on this machine")
    installable: bool = Field(description="an official address serves them")
    confirmed: bool = Field(description="their hashes are known: by their maker, or confirmed here")

    @classmethod
    def of(cls, entry: ModelEntry, store: ModelStore) -> ModelOut:
        return cls(
            name=entry.name,
            task=entry.task,
            licence=entry.licence,
            commercial=entry.commercial,
            source=entry.source,
            note=entry.note,
            bytes=sum(file.size for file in entry.files),
            here=store.has(entry.name),
            installable=entry.installable,
            confirmed=entry.confirmed,
        )


class NetworkOut(BaseModel):
    """One network of this server, loaded or not."""

    name: str
    loaded: bool
    kept: bool = Field(description="cameras need it: it is never unloaded")
    using: int = Field(description="threads that use it or wait for it now")
    last_used_at: float | None
    memory_bytes: int = Field(description="by how much the process grew when it was opened")
    uses: int
    loads: int
    reloads: int
    load_ms: float

    @classmethod
    def of(cls, use: ModelUse, now_s: float) -> NetworkOut:
        return cls(
            name=use.name,
            loaded=use.loaded,
            kept=use.kept,
            using=use.using,
            last_used_at=None if use.idle_s is None else now_s - use.idle_s,
            memory_bytes=use.memory_bytes,
            uses=use.uses,
            loads=use.loads,
            reloads=max(0, use.loads - 1),
            load_ms=1e3 * use.load_s,
        )


class ModelsOut(BaseModel):
    """What the registry knows, and what this server has opened."""

    models: list[ModelOut]
    networks: list[NetworkOut]
    resident_bytes: int = Field(description="the memory of the whole server; 0 if unknown")
    budget_bytes: int = Field(description="of the networks that may be unloaded, together")
    idle_s: float = Field(description="after so long without use a network is unloaded")


class Installation(BaseModel):
    """What an administrator accepts. confirm: the hashes of files whose makers publish none."""

    accept_non_commercial: bool = False
    confirm: list[Sha256] = Field(default=[], max_length=16)


@router.get("")
@allow(Scope.CAMERAS_READ)
def models(parts: Deps) -> ModelsOut:
    """Every model that the registry knows, and every network that this server has opened."""
    store, manager, now_s = parts.model_store(), parts.recognition.models, time.time()
    return ModelsOut(
        models=[ModelOut.of(entry, store) for entry in store.entries.values()],
        networks=[NetworkOut.of(use, now_s) for use in manager.uses()],
        resident_bytes=resident_bytes(),
        budget_bytes=manager.budget_bytes,
        idle_s=manager.idle_s,
    )


@router.post("/{name}/install", status_code=202)
@allow(Scope.ADMIN)
async def install_model(name: Name, wish: Installation, parts: Deps, trail: Trailing) -> JobOut:
    """Fetch a model from its official address; its hash is checked before it is used.

    Where its maker publishes no hash the result says `unconfirmed`, with the hash that came: ask
    again with `confirm`, if you trust it.
    """
    store = await run_in_threadpool(_store_with, parts, name)

    def work(progress: Progress, stop: threading.Event) -> Mapping[str, Any]:
        return _installed(store, name, wish, progress, stop)

    return await run_in_threadpool(_submit, "model.install", name, parts, trail, work)


@router.post("/{name}/verify", status_code=202)
@allow(Scope.ADMIN)
async def verify_model(name: Name, parts: Deps, trail: Trailing) -> JobOut:
    """Compare the files of a model with their hashes."""
    store = await run_in_threadpool(_store_with, parts, name)

    def work(_progress: Progress, _stop: threading.Event) -> Mapping[str, Any]:
        return {"files": [path.name for path in verify(store, name)]}

    return await run_in_threadpool(_submit, "model.verify", name, parts, trail, work)


@router.delete("/{name}", status_code=202)
@allow(Scope.ADMIN)
async def remove_model(name: Name, parts: Deps, trail: Trailing) -> JobOut:
    """Unload a model and delete its files from the cache folder."""
    store = await run_in_threadpool(_store_with, parts, name)
    if _is_kept(name, parts.recognition.models):
        raise ApiError(
            409, "model_in_use", f"{name} is needed by the cameras of this server; choose another "
            "with --detector or --encoder first",
        )  # fmt: skip

    def work(_progress: Progress, _stop: threading.Event) -> Mapping[str, Any]:
        parts.recognition.models.unload(name)
        return {"files": [path.name for path in remove(store, name)]}

    return await run_in_threadpool(_submit, "model.remove", name, parts, trail, work)


class _Stopped(ModelError):
    """The job was cancelled in the middle of a download."""


def _installed(
    store: ModelStore, name: str, wish: Installation, progress: Progress, stop: threading.Event
) -> Mapping[str, Any]:
    done, total = 0, sum(file.size for file in store.entry(name).files)

    def arrived(count: int) -> None:
        nonlocal done
        if stop.is_set():
            raise _Stopped
        done += count
        progress(done, max(done, total))

    try:
        paths = install(
            store,
            name,
            accept_non_commercial=wish.accept_non_commercial,
            confirmed=wish.confirm,
            progress=arrived,
        )
    except _Stopped:
        return {}
    except ModelUnconfirmed as error:
        return {"installed": False, "unconfirmed": error.hashes, "words": str(error)}
    return {"installed": True, "files": [path.name for path in paths]}


def _store_with(parts: Dependencies, name: str) -> ModelStore:
    """The store, where it has such an entry. Raises NotFound."""
    store = parts.model_store()
    if name not in store.entries:
        raise NotFound(f"there is no model {name!r}; GET /api/v1/models lists all")
    return store


def _is_kept(name: str, manager: ModelManager) -> bool:
    return any(use.kept and name in use.name.split("+") for use in manager.uses())


def _submit(kind: str, name: str, parts: Dependencies, trail: Trail, work: Work) -> JobOut:
    trail.note(kind, name)
    return JobOut.of(parts.jobs.submit(kind, trail.actor.name, work, right=Scope.ADMIN))
