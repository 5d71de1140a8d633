"""A load generator light enough to share two processors with what it measures: prepared bytes over kept connections.

Requests leave on a fixed timetable whatever the answers take (an open loop), and a request's time runs from the moment
it was due, so that a server that falls behind cannot hide it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sent:
    """One request to send: what kind it is, its bytes, and the statuses that are good answers."""

    kind: str
    request: bytes
    good: frozenset[int]


@dataclass
class Timings:
    """What one kind of request took, in seconds, and the answers that were not good ones."""

    seconds: list[float] = field(default_factory=list)
    bad: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")


class Wire(asyncio.Protocol):
    """One kept connection, one request on its way at a time."""

    def __init__(self) -> None:
        self.read = bytearray()
        self.waits: asyncio.Future[int] | None = None
        self.is_open = True
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, request: bytes) -> asyncio.Future[int]:
        """The status of the answer, once all of it is here."""
        self.waits = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.waits

    def data_received(self, data: bytes) -> None:
        self.read += data
        end = self.read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.read[:end]).lower() + b"\r\n"
        at = head.find(b"\r\ncontent-length: ")
        length = int(head[at + 18 : head.index(b"\r\n", at + 18)]) if at >= 0 else 0
        if len(self.read) < end + 4 + length:
            return
        self.read.clear()
        if b"\r\nconnection: close" in head:
            self.is_open = False
            self.transport.close()
        if self.waits is not None and not self.waits.done():
            self.waits.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self.waits is not None and not self.waits.done():
            self.waits.set_exception(error or ConnectionResetError())


class Wires:
    """Kept connections, the one that rested longest first."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: deque[Wire] = deque()

    async def send(self, request: bytes) -> int:
        """A kept connection may have been closed meanwhile: votes carry a key, so sending once more is safe."""
        for _ in range(3):
            wire = await self._wire()
            try:
                status = await wire.send(request)
            except OSError:
                continue
            if wire.is_open:
                self._free.append(wire)
            return status
        raise ConnectionResetError

    async def _wire(self) -> Wire:
        while self._free:
            wire = self._free.popleft()
            if wire.is_open:
                return wire
        _, made = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", self._port)
        return made


async def timetable(port: int, sent: Sequence[Sent], per_second: float, timings: dict[str, Timings]) -> None:
    """Send each request when it is due, not when the one before was answered."""
    wires, start = Wires(port), time.perf_counter() + 0.2
    running: set[asyncio.Task[None]] = set()
    for n, one in enumerate(sent):
        due = start + n / per_second
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(_timed(wires, one, due, timings[one.kind]))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        _done, late = await asyncio.wait(running, timeout=30)
        for task in late:
            task.cancel()
        timings[sent[0].kind].bad["no answer in 30 s"] += len(late)


async def _timed(wires: Wires, one: Sent, due: float, timings: Timings) -> None:
    try:
        status = await wires.send(one.request)
    except OSError as error:
        timings.bad[type(error).__name__] += 1
        return
    timings.seconds.append(time.perf_counter() - due)
    if status not in one.good:
        timings.bad[f"{status} of {one.kind}"] += 1


async def as_fast_as_possible(port: int, sent: Iterable[Sent], senders: int) -> Counter[str]:
    """Send all, `senders` at a time; the answers that were not good ones."""
    wires, waiting, bad = Wires(port), iter(sent), Counter[str]()

    async def sender() -> None:
        for one in waiting:
            status = await wires.send(one.request)
            if status not in one.good:
                bad[f"{status} of {one.kind}"] += 1

    await asyncio.gather(*(sender() for _ in range(senders)))
    return bad
