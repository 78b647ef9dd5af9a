"""A child process and the pipe to it, for work that must not share this process.

The child is a fresh interpreter, because a fork of a process with threads may inherit held locks.
It ends when it is closed or when this process ends, however it ends.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar, TypeVarTuple

from lookout.server.errors import ChildGone

END_TIMEOUT_S = 2.0

Request = TypeVar("Request")
Reply = TypeVar("Reply")
Arguments = TypeVarTuple("Arguments")


class ChildProcess(Generic[Request, Reply]):
    """Owns one child. One thread at a time."""

    def __init__(
        self,
        name: str,
        work: Callable[[Connection[Reply, Request], *Arguments], None],
        *arguments: *Arguments,
    ) -> None:
        """work: a function of a module, which the child calls with its end of the pipe and the
        arguments; the child ends when it returns."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._pipe: Connection[Request, Reply] = ours
        self._process = context.Process(
            target=_run, args=(work, theirs, *arguments), name=name, daemon=True
        )
        self._process.start()
        theirs.close()

    def send(self, request: Request) -> None:
        """Raises ChildGone if the child has ended."""
        try:
            self._pipe.send(request)
        except OSError as error:
            raise ChildGone(f"the {self._process.name} process has ended: {error!r}") from error

    def poll(self, timeout_s: float) -> bool:
        """Whether a reply, or the end of the child, has come within `timeout_s`."""
        try:
            return self._pipe.poll(timeout_s)
        except OSError:
            return True

    def receive(self, timeout_s: float) -> Reply:
        """The next reply. Raises ChildGone if the child has ended or is silent for `timeout_s`."""
        try:
            if self._pipe.poll(timeout_s):
                return self._pipe.recv()
        except (OSError, EOFError) as error:
            raise ChildGone(f"the {self._process.name} process has ended: {error!r}") from error
        raise ChildGone(f"the {self._process.name} process sent nothing for {timeout_s:g} s")

    def close(self) -> None:
        """Kills the child, whatever it is doing."""
        self._pipe.close()
        self._process.kill()
        self._process.join(END_TIMEOUT_S)


def _run(
    work: Callable[[Connection[Reply, Request], *Arguments], None],
    pipe: Connection[Reply, Request],
    *arguments: *Arguments,
) -> None:
    """The child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the parent, which ends this
    try:
        work(pipe, *arguments)
    except (EOFError, ConnectionError):
        return  # the parent has gone, or wants no more
