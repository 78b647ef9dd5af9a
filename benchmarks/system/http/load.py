"""Clients that upload photographs, one after another each, and the answers to them."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx2
import numpy as np

from benchmarks.system.http.servers import Target

ANSWER_TIMEOUT_S = 120.0
TOLD_TO_COME_AGAIN = (429, 503)
BOUNDARY = "lookout-benchmark"

Rest = Callable[[float], Awaitable[None]]
"""Returns after so many seconds, during which the clients go on."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One load on one server.

    answered:     uploads with status 200 within `seconds`, and their latencies.
    turned_away:  uploads answered by 429 or 503 with Retry-After in that time.
    broken:       every other outcome, by what it was.
    faces:        a photograph, on average. server_cores, client_cores: busy on average.
    """

    server: str
    clients: int
    seconds: float
    answered: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    turned_away: int
    broken: Mapping[str, int]
    faces: float
    server_cores: float
    client_cores: float

    @property
    def per_s(self) -> float:
        return self.answered / self.seconds


@dataclass(slots=True)
class _Tally:
    """The answers since the counting began. The event loop's thread only."""

    latencies_s: list[float] = field(default_factory=list)
    faces: int = 0
    turned_away: int = 0
    broken: Counter[str] = field(default_factory=Counter)


def measure(
    target: Target,
    bodies: Sequence[bytes],
    clients: int,
    seconds: float,
    rest: Rest = asyncio.sleep,
) -> Figures:
    """Loads the server with so many clients for `seconds` after each has had its first answer."""
    return asyncio.run(_Clients(target, bodies, clients).measure(seconds, rest))


def upload(
    target: Target,
    bodies: Sequence[bytes],
    clients: int,
    count: int,
    done: Callable[[int], None],
) -> Counter[str]:
    """Uploads `count` photographs; `done` gets the number so far. The errors, counted."""
    return asyncio.run(_Clients(target, bodies, clients).upload(count, done))


def body_of(jpeg: bytes) -> bytes:
    """The photograph as a form with one file, made once so that clients cost little."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + jpeg + f"\r\n--{BOUNDARY}--\r\n".encode()


class _Clients:
    def __init__(self, target: Target, bodies: Sequence[bytes], clients: int) -> None:
        self._target = target
        self._bodies = bodies
        self._count = clients
        self._tally = _Tally()
        self._strangers = clients  # those who have not had an answer yet
        self._all_known = asyncio.Event()
        self._over = False

    async def measure(self, seconds: float, rest: Rest) -> Figures:
        async with self._http() as http, asyncio.TaskGroup() as tasks:
            for number in range(self._count):
                tasks.create_task(self._ask(http, number))
            await self._all_known.wait()
            self._tally = _Tally()
            began_s, own_s, its_s = time.perf_counter(), _own_cpu_s(), self._target.cpu_s()
            await rest(seconds)
            took_s, tally = time.perf_counter() - began_s, self._tally
            own_s, its_s = _own_cpu_s() - own_s, self._target.cpu_s() - its_s
            self._tally = _Tally()
            # not cancelled: what a server still has to do would burden the next one
            self._over = True
        return self._figures(tally, took_s, its_s / took_s, own_s / took_s)

    async def upload(self, count: int, done: Callable[[int], None]) -> Counter[str]:
        left = iter(range(count))
        async with self._http() as http:

            async def work(number: int) -> None:
                pictures = self._pictures(number)
                for _ in left:
                    while not await self._once(http, next(pictures)):
                        pass  # turned away: the same one counts once it is answered
                    done(len(self._tally.latencies_s))

            await asyncio.gather(*(work(number) for number in range(self._count)))
        return self._tally.broken

    async def _ask(self, http: httpx2.AsyncClient, number: int) -> None:
        pictures = self._pictures(number)
        await self._once(http, next(pictures))
        self._strangers -= 1
        if not self._strangers:
            self._all_known.set()
        while not self._over:
            await self._once(http, next(pictures))

    async def _once(self, http: httpx2.AsyncClient, body: bytes) -> bool:
        """Uploads one photograph; whether it was dealt with. Waits as long as Retry-After says."""
        began_s = time.perf_counter()
        try:
            answer = await http.post(self._target.url, content=body)
        except httpx2.HTTPError as error:
            self._tally.broken[type(error).__name__] += 1
            return True
        if answer.status_code == httpx2.codes.OK:
            self._tally.latencies_s.append(time.perf_counter() - began_s)
            self._tally.faces += len(answer.json()["faces"])
            return True
        wait_s = answer.headers.get("retry-after", "")
        if answer.status_code in TOLD_TO_COME_AGAIN and wait_s.isdigit():
            self._tally.turned_away += 1
            await asyncio.sleep(int(wait_s))
            return False
        self._tally.broken[str(answer.status_code)] += 1
        return True

    def _pictures(self, number: int) -> Iterator[bytes]:
        """All of them round and round, each client from another one on."""
        start = number * len(self._bodies) // self._count
        return itertools.islice(itertools.cycle(self._bodies), start, None)

    def _http(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={
                **self._target.headers,
                "content-type": f"multipart/form-data; boundary={BOUNDARY}",
            },
            timeout=ANSWER_TIMEOUT_S,
            limits=httpx2.Limits(max_connections=None),
            trust_env=False,
        )

    def _figures(
        self, tally: _Tally, took_s: float, server_cores: float, client_cores: float
    ) -> Figures:
        latencies_ms = 1000.0 * np.array(tally.latencies_s or [float("nan")])
        p50, p95, p99 = (float(v) for v in np.percentile(latencies_ms, (50, 95, 99)))
        return Figures(
            server=self._target.name,
            clients=self._count,
            seconds=took_s,
            answered=len(tally.latencies_s),
            p50_ms=p50,
            p95_ms=p95,
            p99_ms=p99,
            turned_away=tally.turned_away,
            broken=dict(tally.broken),
            faces=tally.faces / max(1, len(tally.latencies_s)),
            server_cores=server_cores,
            client_cores=client_cores,
        )


def _own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system
