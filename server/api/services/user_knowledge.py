"""What a user may know at this moment, for messages that are sent without being asked for."""

from __future__ import annotations

from collections.abc import Callable

from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.scopes import NO_AUTH, Scope
from lookout.server.cameras.directory import CameraDirectory


def knowing(
    accounts: Accounts, directory: CameraDirectory, *, no_auth: bool = False
) -> Callable[[str, str], bool]:
    """Whether a user, by id, may know of a camera, by name; of no camera only who may know of all.
    no_auth: the server has no users, and everybody is one."""

    def knows(user: str, camera: str) -> bool:
        principal = NO_AUTH if no_auth and user == NO_AUTH.id else accounts.by_id(user)
        if principal is None or not principal.may(Scope.SIGHTINGS_READ):
            return False
        if principal.cameras is None:
            return True
        return bool(camera) and directory.id_of(camera) in principal.cameras

    return knows
