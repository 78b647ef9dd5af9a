"""A child process answers through its pipe; one that dies or is silent is an error of one call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from lookout.server.errors import ChildGone
from lookout.server.threads.child_process import ChildProcess


def double(pipe: Connection, factor: int) -> None:
    """The child: multiplies what it is sent, and dies of a negative number."""
    while True:
        number = pipe.recv()
        if number < 0:
            os._exit(3)
        if number:
            pipe.send(factor * number)


@pytest.fixture
def child() -> Iterator[ChildProcess[int, int]]:
    process: ChildProcess[int, int] = ChildProcess("double", double, 2)
    yield process
    process.close()


def test_a_child_answers_until_it_dies(child: ChildProcess[int, int]) -> None:
    child.send(21)
    assert child.receive(30.0) == 42
    child.send(-1)
    with pytest.raises(ChildGone, match="double process has ended"):
        child.receive(30.0)


def test_a_child_that_is_silent_is_reported(child: ChildProcess[int, int]) -> None:
    child.send(0)
    with pytest.raises(ChildGone, match=r"sent nothing for 0\.1 s"):
        child.receive(0.1)
