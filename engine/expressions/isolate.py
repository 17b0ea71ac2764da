"""One V8 isolate, driven through the library that mini-racer bundles (pinned: its C interface is not public)."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

_INTEGER, _TEXT, _UNDEFINED = 3, 5, 11
_FIRST_ERROR, _PARSE_ERROR, _OUT_OF_MEMORY, _TERMINATED = 200, 201, 202, 204
_SMALL = 32 * 1024
"""Up to this size a call is cheaper as source text (one hand-over between threads) than as an argument (three)."""


class ScriptError(Exception):
    """JavaScript threw, or could not be parsed."""


class OutOfMemory(Exception):
    """The isolate's heap limit was reached."""


class _Union(ctypes.Union):
    _fields_ = (("pointer", ctypes.c_void_p), ("integer", ctypes.c_int64), ("double", ctypes.c_double))


class _Value(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("value", _Union), ("length", ctypes.c_size_t), ("kind", ctypes.c_uint8))


_Handle = ctypes.POINTER(_Value)
_Callback = ctypes.CFUNCTYPE(None, ctypes.c_uint64, _Handle)
_U64 = ctypes.c_uint64
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "mr_init_v8": (None, (ctypes.c_char_p, ctypes.c_char_p)),
    "mr_init_context": (_U64, (_Callback,)),
    "mr_free_context": (None, (_U64,)),
    "mr_eval": (_U64, (_U64, _Handle, _U64)),
    "mr_free_value": (None, (_U64, _Handle)),
    "mr_alloc_int_val": (_Handle, (_U64, ctypes.c_int64, ctypes.c_uint8)),
    "mr_alloc_string_val": (_Handle, (_U64, ctypes.c_char_p, _U64, ctypes.c_uint8)),
    "mr_set_object_item": (_Handle, (_U64, _Handle, _Handle, _Handle)),
    "mr_call_function": (_U64, (_U64, _Handle, _Handle, _Handle, _U64)),
    "mr_set_hard_memory_limit": (None, (_U64, ctypes.c_size_t)),
}


class Engine:
    """V8 in this process. Made once, before any isolate: its flags hold for all of them.

    An unknown flag makes V8 wait for ever.
    """

    def __init__(self, library: Path, flags: Sequence[str]) -> None:
        suffix = "dylib" if sys.platform == "darwin" else "so"
        self.dll = ctypes.CDLL(str(library / f"libmini_racer.{suffix}"))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.dll, name)
            function.restype, function.argtypes = result, arguments
        self.dll.mr_init_v8(" ".join(flags).encode(), str(library / "icudtl.dat").encode())


class Isolate:
    """A heap and a realm of its own. Calls wait for their result; what runs for ever is ended from outside."""

    def __init__(self, engine: Engine, *, heap_bytes: int) -> None:
        self._dll = engine.dll
        self._results: SimpleQueue[Any] = SimpleQueue()
        self._callback = _Callback(self._arrived)  # kept: V8 holds no reference that Python can see
        self._context = self._dll.mr_init_context(self._callback)
        self._dll.mr_set_hard_memory_limit(self._context, heap_bytes)
        self._functions: dict[str, Any] = {}
        self._arguments = self._evaluate(b"[0]")
        self._zero = self._dll.mr_alloc_int_val(self._context, 0, _INTEGER)
        self._undefined = self._dll.mr_alloc_int_val(self._context, 0, _UNDEFINED)

    def run(self, source: str) -> bytes:
        """The text that `source` evaluates to; empty when that is no text. Raises `ScriptError`, `OutOfMemory`."""
        return self._take(self._evaluate(source.encode()))

    def call(self, function: str, argument: bytes) -> bytes:
        """The text that the global `function` answers to one text argument. Raises as `run` does."""
        if len(argument) <= _SMALL:
            return self.run(f"{function}({json.dumps(argument.decode())})")
        if function not in self._functions:
            self._functions[function] = self._evaluate(function.encode())
        self._put(self._text(argument))
        self._dll.mr_call_function(self._context, self._functions[function], self._undefined, self._arguments, 0)
        result = self._results.get()
        self._put(self._dll.mr_alloc_int_val(self._context, 0, _INTEGER))
        return self._take(result)

    def ping(self) -> None:
        """Returns when the isolate has nothing left to run (a loop of `await` goes on after its call returned)."""
        self.run("0")

    def close(self) -> None:
        self._dll.mr_free_context(self._context)

    def _arrived(self, _task: int, handle: Any) -> None:
        self._results.put(handle)

    def _evaluate(self, source: bytes) -> Any:
        text = self._text(source)
        self._dll.mr_eval(self._context, text, 0)
        result = self._results.get()
        self._free(text)
        return result

    def _put(self, value: Any) -> None:
        self._free(self._dll.mr_set_object_item(self._context, self._arguments, self._zero, value))
        self._free(value)

    def _take(self, handle: Any) -> bytes:
        value = handle.contents
        kind = value.kind
        textual = kind == _TEXT or kind >= _FIRST_ERROR
        text = ctypes.string_at(value.value.pointer, value.length) if textual else b""
        self._free(handle)
        if kind in (_OUT_OF_MEMORY, _TERMINATED):
            raise OutOfMemory
        if kind >= _FIRST_ERROR:
            raise ScriptError(text.decode(errors="replace"))
        return text

    def _text(self, text: bytes) -> Any:
        return self._dll.mr_alloc_string_val(self._context, text, len(text), _TEXT)

    def _free(self, handle: Any) -> None:
        self._dll.mr_free_value(self._context, handle)
