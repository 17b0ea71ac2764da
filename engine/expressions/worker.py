"""The sandbox worker: a child process that runs one tenant's JavaScript and knows nothing but what its frames say.

Started by `engine.expressions.process` with its orders in one argument; frames come on descriptor 0 and go out on 1.
Nothing here may be trusted by the server once a script has run: a worker is ended by SIGKILL, from outside.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from select import POLLIN, poll

from engine.expressions.frames import HEADER, PART_BYTES, Answer, Ask, frame
from engine.expressions.isolate import Engine, Isolate, OutOfMemory, ScriptError
from engine.expressions.lockdown import Usage, lock_calls, lock_files
from engine.expressions.parts import parts

_EXPRESSIONS: dict[int, str] = {Ask.EVALUATE: "__heddle_evaluate", Ask.CHECK: "__heddle_check"}
_SCRIPTS: dict[int, str] = {Ask.CODE: "__heddle_code", Ask.FUNCTION: "__heddle_function"}
_WITHOUT_PROMISES = """
delete Array.fromAsync;
for (const name of ["Promise", "WebAssembly", "Atomics", "SharedArrayBuffer", "AsyncDisposableStack",
  "FinalizationRegistry", "WeakRef", "console"]) delete globalThis[name];
"""
_LEAVES_WORK_BEHIND = (b"async", b"import")
"""Without promises in the realm's globals, only these words of the language can make a call leave work behind."""
_AHEAD = 3
"""Isolates that wait for scripts: each costs some megabytes, and saves the next script some 20 ms."""
_FIRST_POLL_S, _LAST_POLL_S = 0.0002, 0.01


class Orders:
    """What a worker is started with, as JSON text in its argument."""

    def __init__(self, text: str) -> None:
        values = json.loads(text)
        self.kind: str = values["kind"]
        self.parent: int = values["parent"]
        self.library = Path(values["library"])
        self.bundle = Path(values["bundle"])
        self.flags: list[str] = values["flags"]
        self.heap_bytes: int = values["heap_bytes"]
        self.memory_bytes: int = values["memory_bytes"]
        self.reply_bytes: int = values["reply_bytes"]
        self.cell_bytes: int = values["cell_bytes"]

    @property
    def executable(self) -> bool:
        return "--jitless" not in self.flags


class Expressions:
    """Templates in one hardened realm: what one evaluation does, no other can see."""

    def __init__(self, engine: Engine, bundle: str, heap_bytes: int) -> None:
        self._isolate = Isolate(engine, heap_bytes=heap_bytes)
        self._isolate.run(bundle)
        self._isolate.run(_WITHOUT_PROMISES)
        self._isolate.run("__heddle_harden();0")

    def answer(self, ask: int, payload: bytes) -> bytes:
        if ask not in _EXPRESSIONS:
            raise ValueError(f"no expression worker answers {ask}")
        reply = self._isolate.call(_EXPRESSIONS[ask], payload)
        if any(word in payload for word in _LEAVES_WORK_BEHIND):
            self._isolate.ping()
        return reply

    def clear(self) -> bool:
        """Nothing to clear up."""
        return False

    def prepare(self) -> bool:
        """Nothing to prepare."""
        return False


class Scripts:
    """Code in a fresh isolate for each run. Some are made ahead, while nobody is waiting."""

    def __init__(self, engine: Engine, bundle: str, heap_bytes: int) -> None:
        self._engine, self._bundle, self._heap_bytes = engine, bundle, heap_bytes
        self._fresh = deque([self._made()])
        self._used: Isolate | None = None

    def answer(self, ask: int, payload: bytes) -> bytes:
        if ask not in _SCRIPTS:
            raise ValueError(f"no script worker answers {ask}")
        self._used = self._fresh.popleft()
        reply, pause = self._used.call(_SCRIPTS[ask], payload), _FIRST_POLL_S
        while not reply:
            reply = self._used.run("__heddle_code_result()")
            if not reply:
                time.sleep(pause)
                pause = min(pause * 2, _LAST_POLL_S)
        return reply

    def clear(self) -> bool:
        """Throw the used isolate away. A script that left a loop behind holds this up until the end."""
        if self._used is not None:
            self._used.ping()
            self._used.close()
            self._used = None
        if not self._fresh:
            self._fresh.append(self._made())
        return True

    def prepare(self) -> bool:
        """One more isolate for later; False when there are enough."""
        if len(self._fresh) >= _AHEAD:
            return False
        self._fresh.append(self._made())
        return True

    def _made(self) -> Isolate:
        isolate = Isolate(self._engine, heap_bytes=self._heap_bytes)
        isolate.run(self._bundle)
        return isolate


def main(orders: Orders) -> None:
    engine = Engine(orders.library, orders.flags)
    bundle = orders.bundle.read_text("utf-8")
    usage = Usage()
    held = lock_files(orders.parent)
    realm = (Expressions if orders.kind == "expressions" else Scripts)(engine, bundle, orders.heap_bytes)
    held = lock_calls(held, usage, memory_bytes=orders.memory_bytes, executable=orders.executable)
    usage.close()
    _send(frame(Answer.READY, held.words().encode()))
    waiting = poll()
    waiting.register(0, POLLIN)
    while True:
        while not waiting.poll(0) and realm.prepare():
            pass
        size, ask = HEADER.unpack(_receive(HEADER.size))
        for answer in _answers(realm, ask, bytes(_receive(size)), orders):
            _send(answer)
        if realm.clear():
            _send(frame(Answer.IDLE, b""))


def _answers(realm: Expressions | Scripts, ask: int, payload: bytes, orders: Orders) -> Iterator[bytes]:
    try:
        reply = _spelled(realm.answer(ask, payload))
        if len(reply) <= PART_BYTES:
            yield frame(Answer.WHOLE, reply)
        elif len(reply) <= orders.reply_bytes:
            yield from parts(ask, reply, orders.cell_bytes)
        else:
            yield frame(Answer.THROWN, f"The result is larger than {orders.reply_bytes} bytes".encode())
    except (OutOfMemory, MemoryError):
        _send(frame(Answer.MEMORY, b""))
        os._exit(0)
    except RecursionError:
        yield frame(Answer.THROWN, b"The result is nested too deeply")
    except (ScriptError, ValueError) as error:
        yield frame(Answer.THROWN, str(error)[:2000].encode())


_LONE_SURROGATE = re.compile(rb"((?<!\\)(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}")
"""Half a character, as `JSON.stringify` writes it: legal in a JavaScript string, and in no other."""


def _spelled(reply: bytes) -> bytes:
    return _LONE_SURROGATE.sub(rb"\1\\ufffd", reply) if b"\\ud" in reply else reply


def _receive(size: int) -> bytearray:
    payload = bytearray(size)
    rest = memoryview(payload)
    while rest:
        count = os.readv(0, [rest])
        if not count:
            os._exit(0)
        rest = rest[count:]
    return payload


def _send(answer: bytes) -> None:
    rest = memoryview(answer)
    while rest:
        rest = rest[os.write(1, rest) :]
