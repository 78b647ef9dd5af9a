"""Installing, verifying and removing models: what the command and the HTTP API have in common."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lookout.faces.checksum import sha256_of
from lookout.faces.errors import ModelError, ModelMissing, ModelUnconfirmed
from lookout.faces.models.download import Progress, download, fetched
from lookout.faces.models.entry import ModelEntry, ModelFile
from lookout.faces.models.pins import write_pin
from lookout.faces.models.store import ModelStore, install_command

WAITING = ".unconfirmed"
"""What a file is called until a user has confirmed its hash; nothing of that name is loaded."""


def install(
    store: ModelStore,
    name: str,
    *,
    accept_non_commercial: bool = False,
    confirmed: Collection[str] = (),
    progress: Progress = lambda _count: None,
) -> tuple[Path, ...]:
    """Fetches the files of a model into the cache folder; returns their paths.

    confirmed: hashes that the user trusts, for files whose makers publish none. Such a hash is kept
    and holds from then on.

    Raises ModelUnconfirmed with the hashes of files that nobody has confirmed, which stay under
    another name until somebody does; ModelMissing for an unknown model; ModelDamaged for a wrong
    hash; ModelError for a licence that was not accepted, a model without an address, and for what
    cannot be fetched.
    """
    entry = store.entry(name)
    check_terms(entry, accept_non_commercial)
    paths: list[Path] = []
    unconfirmed: dict[str, str] = {}
    for file in entry.files:
        if file.sha256:
            paths.append(download(file, store.cache, progress=progress))
            continue
        waiting, sha256 = _waiting(store, file, progress)
        if sha256 in confirmed:
            paths.append(_confirm(store, entry, file, waiting, sha256))
        else:
            unconfirmed[file.name] = sha256
    if unconfirmed:
        raise ModelUnconfirmed(_unconfirmed_words(entry, unconfirmed), unconfirmed)
    return tuple(paths)


def verify(store: ModelStore, name: str) -> tuple[Path, ...]:
    """The files of a model that is here, their hashes checked. Raises as `ModelStore.paths`."""
    return store.paths(name)


def remove(store: ModelStore, name: str) -> tuple[Path, ...]:
    """Removes the model's files from the cache folder, and the hashes that a user confirmed.

    Raises ModelMissing if none is there; files in other folders are left alone.
    """
    entry = store.entry(name)
    removed = []
    for file in entry.files:
        for path in (store.cache / file.name, store.cache / f"{file.name}{WAITING}"):
            if _unlinked(path):
                removed.append(path)
        if store.pins is not None:
            write_pin(store.pins, name, file.name, None)
    if not removed:
        elsewhere = [str(path) for path in map(store.find, entry.files) if path is not None]
        raise ModelMissing(
            f"{name} is not in the cache folder {store.cache}, from which alone models are removed"
            + (f"; it lies at {', '.join(elsewhere)}" if elsewhere else "")
        )
    return tuple(removed)


def check_terms(entry: ModelEntry, accept_non_commercial: bool) -> None:
    """Raises ModelError for a licence that was not accepted and a model without an address."""
    if not entry.commercial and not accept_non_commercial:
        raise ModelError(
            f"the weights of {entry.name} may not be used commercially ({entry.licence}). "
            f"If that suits you, run: {install_command(entry)} --accept-non-commercial"
        )
    if not entry.installable:
        raise ModelError(
            f"no official address serves {entry.name} in this form: put its file into a folder "
            f"that LOOKOUT_MODELS names. Where it comes from: {entry.source}"
        )


def _waiting(store: ModelStore, file: ModelFile, progress: Progress) -> tuple[Path, str]:
    """The file that waits to be confirmed, fetched if it is not here yet, and its hash."""
    path = store.cache / f"{file.name}{WAITING}"
    if path.is_file():
        return path, sha256_of(path)
    with fetched(file, store.cache, progress=progress) as arrived:
        arrived.path.replace(path)
    return path, arrived.sha256


def _confirm(
    store: ModelStore, entry: ModelEntry, file: ModelFile, path: Path, sha256: str
) -> Path:
    if store.pins is None:
        raise ModelError("this store keeps no confirmed hashes")
    write_pin(store.pins, entry.name, file.name, sha256)
    target = store.cache / file.name
    path.replace(target)
    return target


def _unconfirmed_words(entry: ModelEntry, found: dict[str, str]) -> str:
    listed = "; ".join(f"{name} has the SHA-256 {sha256}" for name, sha256 in found.items())
    confirm = " ".join(f"--confirm {sha256}" for sha256 in found.values())
    accept = "" if entry.commercial else " --accept-non-commercial"
    return (
        f"{entry.name} was fetched and is not used yet, because its maker publishes no hash to "
        f"check it by: {listed}. Compare it with another source; if you trust it, run: "
        f"{install_command(entry)}{accept} {confirm}"
    )


def _unlinked(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ModelError(f"{path} cannot be removed: {error.strerror}") from error
    return True
