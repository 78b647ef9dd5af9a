"""The handing over of the first administrator's password: once, and into no log."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from lookout.faces.atomic_file import replace_file
from lookout.server.accounts.accounts import FirstAdmin
from lookout.server.storage.errors import StorageError

FILENAME = "first-password.txt"


def hand_over(first: FirstAdmin, folder: Path, output: TextIO) -> None:
    """Shows the password on a terminal; anything else may be a log that is kept, as under systemd,
    so there it is written to a file of mode 0600 in `folder`, and its path is printed.

    Raises StorageError.
    """
    if output.isatty():
        where = f"with this password, shown only now: {first.password}"
    else:
        path = folder / FILENAME
        try:
            path.unlink(missing_ok=True)  # an existing file would keep its mode
            replace_file(path, f"{first.password}\n".encode())
        except OSError as error:
            raise StorageError(
                f"the first password cannot be written to {path}: {error.strerror}"
            ) from error
        where = f"its password is in {path}; delete the file after the first sign-in"
    output.write(
        f"\nThe first user of the HTTP API: {first.username}\n{where}\n"
        "The password must be changed (PUT /api/v1/auth/password) before anything else.\n\n"
    )
    output.flush()
