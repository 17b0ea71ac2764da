"""A load generator that costs little: keep-alive HTTP/1.1 over plain streams, one connection a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a run of requests: latencies in milliseconds, and the wall time of it all in seconds."""

    latencies_ms: Sequence[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Connection:
    """One keep-alive connection that posts GraphQL and reads the answer."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._host, self._port, self._key = host, port, key

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def post(self, body: bytes) -> bytes:
        """The body of the answer. Raises `RuntimeError` for any status but 200."""
        self._writer.write(
            f"POST /graphql HTTP/1.1\r\nhost: {self._host}\r\nauthorization: Bearer {self._key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        answer = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head!r} {answer[:500]!r}")
        return answer


async def load(host: str, port: int, key: str, body: object, *, requests: int, concurrency: int) -> Load:
    """Post the same operation many times. Raises `RuntimeError` when an answer has errors."""
    payload = orjson.dumps(body)
    latencies: list[float] = []
    left = iter(range(requests))

    async def work() -> None:
        connection = Connection(host, port, key)
        await connection.open()
        for _ in left:
            began = time.perf_counter()
            answer = await connection.post(payload)
            latencies.append((time.perf_counter() - began) * 1000)
            if b'"SUCCEEDED"' not in answer:
                raise RuntimeError(answer[:500].decode())

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return Load(latencies, time.perf_counter() - began)
