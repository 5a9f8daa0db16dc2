"""Calls between a student's kernel and the grader, over one socket, with plain data only.

Both ends run the same loop. While it waits for an answer, an end serves the questions of the
other one, so a test may hand its own functions to an answer (a `step` to decode with) and the
answer may call them. The ends differ in what they let the other one do:

    the kernel  everything: look up a name, call, read attributes and items (it is the student's)
    the grader  one thing: call a function that the running test itself handed over

An answer gets copies of its arguments. What it changes in them is always reported, but done to
the test's own arguments only where the judge wants that (`share`): a test that computes what it
expects from data that the student wrote would expect whatever the student likes.

A message is four bytes of length and JSON.
"""

from __future__ import annotations

import builtins
import json
import linecache
import operator
import socket
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from utils.grading.plain import NotPlain, decode, encode

_MUTABLE = (np.ndarray, list, dict, set)
MESSAGE = 64 << 20  # bytes; no honest answer is larger
TOTAL = 512 << 20  # bytes that one test may take in


class Gone(Exception):
    """The other end closed the connection, or what it sent can't be read."""


class Peer:
    """One end of the connection; ``namespace`` is the notebook's, in the student's kernel only."""

    def __init__(self, connection: socket.socket, namespace: dict | None = None) -> None:
        self._socket = connection
        self._namespace = namespace
        self._held: dict[int, Any] = {}
        self._received = 0
        self._patched: dict[str, Any] = {}
        self._originals: list[tuple[Any, Any]] = []
        self.share = namespace is not None  # the grader's arguments are its own unless it says so
        self.changed = False  # has the other end changed an argument?
        self.before_call: Callable[[], None] = lambda: None

    # -- asking ------------------------------------------------------------------------------

    def ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Have the other end do something, and return the plain value that comes back.

        Raises:
            Gone: the other end is dead or talks nonsense.
            Exception: what the other end raised, rebuilt as the built-in class of that name.
        """
        if operation == "call":
            self.before_call()
        self._send([operation, self._encode(list(args)), self._encode(kwargs)])
        while True:
            message = self._receive()
            if message[0] == "value":
                changes = message[2] if len(message) > 2 else []
                self.changed = self.changed or bool(changes)
                for k, content in changes if self.share else []:
                    self._change(args[1][k], self._decode(content))
                return self._decode(message[1])
            if message[0] == "error":
                raise _rebuild(*message[1:4])
            self._serve(message)

    def _change(self, original: Any, changed: Any) -> None:
        """Do to our own argument what the other end did to its copy of it."""
        if type(original) is not type(changed) or type(original) not in _MUTABLE:
            return
        if type(original) is np.ndarray and not (
            original.flags.writeable and original.shape == changed.shape
            and original.dtype == changed.dtype
        ):
            return
        self._originals.append((original, original.copy()))
        _fill(original, changed)

    def restore(self) -> None:
        """Undo what answers did to arguments: the next student's test begins with them."""
        while self._originals:
            _fill(*self._originals.pop())

    # -- answering ---------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer until the other end hangs up."""
        try:
            while True:
                self._serve(self._receive())
        except Gone:
            for name, value in self._patched.items():
                self._namespace[name] = value

    def _serve(self, message: Any) -> None:
        try:
            operation, args, kwargs = message
            args, kwargs = self._decode(args), self._decode(kwargs)
            if operation == "call":
                target, positional = args
                mutable = [k for k, a in enumerate(positional) if type(a) in _MUTABLE]
                before = {k: json.dumps(self._encode(positional[k])) for k in mutable}
                value = target(*positional, **kwargs)
                after = {k: self._encode(positional[k]) for k in mutable}
                changed = [[k, after[k]] for k in mutable if json.dumps(after[k]) != before[k]]
                reply = ["value", self._encode(value), changed]
            elif self._namespace is None:
                raise PermissionError("a function of the test can only be called")
            else:
                reply = ["value", self._encode(self._do(operation, args))]
        except Gone:
            raise
        except Exception as error:
            reply = ["error", type(error).__name__, _text(error), _where(error)]
        except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
            reply = ["error", type(error).__name__, _text(error), _where(error)]
        self._send(reply)

    def _do(self, operation: str, args: list) -> Any:
        if operation == "name":
            return self._namespace[args[0]]
        if operation == "patch":
            self._patched.setdefault(args[0], self._namespace.get(args[0]))
            self._namespace[args[0]] = args[1]
            return None
        if operation == "unpatch":
            self._namespace[args[0]] = self._patched.pop(args[0])
            return None
        return {"getattr": getattr, "getitem": operator.getitem, "len": len,
                "iter": iter}[operation](*args)

    # -- values ------------------------------------------------------------------------------

    def _encode(self, value: Any) -> Any:
        return encode(value, self._refer)

    def _decode(self, doc: Any) -> Any:
        return decode(doc, self._resolve, generators=self._namespace is not None)

    def _refer(self, value: Any) -> Any:
        if isinstance(value, Remote) and value._peer is self:
            return {"ref": ["yours", value._number]}
        if self._namespace is None and not callable(value):
            raise NotPlain(
                f"the test hands over a {type(value).__name__}: only plain data, arrays and "
                "functions can cross to the student's kernel"
            )
        self._held[id(value)] = value  # held, so that the number stays its own
        return {"ref": ["mine", id(value)]}

    def _resolve(self, body: Any) -> Any:
        whose, number = body
        if whose == "mine":
            return Remote(self, number)
        try:
            return self._held[number]
        except KeyError:
            raise NotPlain("an object that was never handed over") from None

    # -- messages ----------------------------------------------------------------------------

    def _send(self, message: Any) -> None:
        data = json.dumps(message).encode()
        try:
            self._socket.sendall(struct.pack(">I", len(data)) + data)
        except OSError as error:
            raise Gone(str(error)) from error

    def _receive(self) -> Any:
        (length,) = struct.unpack(">I", self._read(4))
        self._received += length
        if length > MESSAGE or (self._namespace is None and self._received > TOTAL):
            raise Gone("it sends too much")
        try:
            message = json.loads(self._read(length))
        except (ValueError, RecursionError) as error:
            raise Gone("it sends what is not JSON") from error
        if type(message) is not list or not 2 <= len(message) <= 4 or type(message[0]) is not str:
            raise Gone("it sends a malformed message")
        return message

    def _read(self, length: int) -> bytes:
        parts = []
        while length:
            try:
                part = self._socket.recv(min(length, 1 << 20))
            except OSError as error:
                raise Gone(str(error)) from error
            if not part:
                raise Gone("it hung up")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


class Remote:
    """An object that stays in the other process: callable, with attributes and items.

    What it gives is plain data again. It has no truth value and equals nothing: whoever compares
    it is told to ask for data.
    """

    __slots__ = ("_peer", "_number")

    def __init__(self, peer: Peer, number: int) -> None:
        self._peer, self._number = peer, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._peer.ask("call", self, list(args), **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("getattr", self, name)

    def __getitem__(self, key: Any) -> Any:
        return self._peer.ask("getitem", self, key)

    def __len__(self) -> int:
        return self._peer.ask("len", self)

    def __iter__(self) -> Any:
        return iter(self._peer.ask("iter", self))

    def __bool__(self) -> bool:
        raise TypeError("this object is not plain data: return numbers, text, lists or arrays")

    def __eq__(self, other: object) -> bool:
        return self.__bool__()

    __ne__ = __eq__
    __hash__ = object.__hash__


def _fill(original: Any, content: Any) -> None:
    """Give a mutable object the content of another one of its type."""
    if type(original) is np.ndarray:
        original[...] = content
    elif type(original) is list:
        original[:] = content
    else:
        original.clear()
        original.update(content)


def _rebuild(name: Any, text: Any, where: Any) -> Exception:
    """An exception of the other end. Those that Python swallows silently in loops are not rebuilt:
    a StopIteration from an answer would end `all(map(answer, inputs))` without a comparison."""
    name, text, where = (str(x)[:2000] for x in (name, text, where))
    kind = getattr(builtins, name, None)
    unsafe = (StopIteration, StopAsyncIteration, Warning)
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, unsafe):
        kind, text = RuntimeError, f"{name}: {text}"
    try:
        error = kind(text)
    except TypeError:  # such as UnicodeDecodeError, which wants five arguments
        error = RuntimeError(f"{name}: {text}")
    error.remote = (name, text, where)
    return error


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def _where(error: BaseException) -> str:
    """The last line of a notebook cell that the error came through."""
    where, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "ipykernel" in file or "<ipython" in file:
            if line := linecache.getline(file, trace.tb_lineno).strip():
                where = f"line {trace.tb_lineno}: {line}"
        trace = trace.tb_next
    return where[:500]


def serve(namespace: dict, address: str) -> None:
    """Answer the grader's questions about ``namespace``; runs in the student's kernel."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        Peer(connection, namespace).serve()
