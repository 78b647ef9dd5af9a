"""The photographs of the coming rows, fetched and examined while the rows before are written."""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.server.registry.pictures import Pictures
from lookout.server.registry.rows import RegistryRow

ROWS_OF_EACH = 2
"""Rows that are under way for each examiner; each may hold a picture of 64 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class RowPhoto:
    """The bytes that a row names, and the photograph; None where it is in use already."""

    content: bytes
    examined: ExaminedPhoto | None


class Ahead:
    """Examines the rows in their order, with one thread for each examiner, until the with-block
    ends. `take` is for one thread."""

    def __init__(
        self,
        rows: Sequence[RegistryRow],
        pictures: Pictures,
        examiners: Sequence[PhotoExaminer],
        in_use: Callable[[bytes], bool],
    ) -> None:
        """in_use: whether the photograph of this SHA-256 need not be examined. Any thread."""
        self._coming = iter(rows)
        self._pictures = pictures
        self._in_use = in_use
        self._free: queue.SimpleQueue[PhotoExaminer] = queue.SimpleQueue()
        for examiner in examiners:
            self._free.put(examiner)
        self._most = ROWS_OF_EACH * len(examiners)
        self._threads = ThreadPoolExecutor(len(examiners), thread_name_prefix="import")
        self._under_way: dict[int, Future[RowPhoto]] = {}

    def take(self, row: RegistryRow) -> RowPhoto:
        """What the row names. Raises as `Pictures.get` and `PhotoExaminer.examine`."""
        self._begin()
        future = self._under_way.pop(row.number, None)
        return self._work(row) if future is None else future.result()

    def leave(self, row: RegistryRow) -> None:
        """The row is done, with its photograph or without."""
        future = self._under_way.pop(row.number, None)
        if future is not None:
            future.cancel()

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _begin(self) -> None:
        while len(self._under_way) < self._most:
            row = next(self._coming, None)
            if row is None:
                return
            self._under_way[row.number] = self._threads.submit(self._work, row)

    def _work(self, row: RegistryRow) -> RowPhoto:
        content = self._pictures.get(row.image)
        if self._in_use(hashlib.sha256(content).digest()):
            return RowPhoto(content, None)
        examiner = self._free.get()
        try:
            return RowPhoto(content, examiner.examine(content))
        finally:
            self._free.put(examiner)
