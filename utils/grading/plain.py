"""Plain data: the only thing that crosses the wall between a student's kernel and the grader.

A value is written as JSON and rebuilt on the other side from exactly the types below, so nothing
that arrives can carry behaviour of its own (an `__eq__` that is always true, a subclass of float).
Pickle is never read: reading it runs code.

    as it is    None, bool, int, float, str
    tagged      complex, bytes, list, tuple, set, frozenset, dict, range, slice, NumPy arrays and
                scalars of booleans, numbers and text, iterators (read to their end)
    as arrays   what NumPy reads as such: tensors and variables of Keras and its backends, pandas
    by number   all other objects; what may be done with them is decided in `utils.grading.peer`
"""

from __future__ import annotations

import base64
import collections.abc
import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

_DTYPE = re.compile(r"[<>|=](b1|[iu][1248]|f[248]|c(8|16)|U\d+|S\d+)")
_SEQUENCES = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_ITERATORS = (collections.abc.Iterator, collections.abc.MappingView, collections.deque)
MAX_ITEMS = 1_000_000


class NotPlain(TypeError):
    """The value isn't plain data."""


def encode(value: Any, refer: Callable[[Any], Any]) -> Any:
    """Return ``value`` as something that JSON can write; ``refer`` writes what isn't plain."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind in _SEQUENCES:
        return {_SEQUENCES[kind]: [encode(v, refer) for v in value]}
    if kind is dict:
        return {"dict": [[encode(k, refer), encode(v, refer)] for k, v in value.items()]}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    if kind is bytes:
        return {"bytes": base64.b64encode(value).decode()}
    if kind in (range, slice):
        return {kind.__name__: [encode(v, refer) for v in (value.start, value.stop, value.step)]}
    if kind is np.random.Generator:
        bits = value.bit_generator
        return {"rng": [type(bits).__name__, encode(bits.state, refer)]}
    if isinstance(value, np.generic) and _DTYPE.fullmatch(value.dtype.str):
        return {"scalar": [value.dtype.str, base64.b64encode(value.tobytes()).decode()]}
    if isinstance(value, (dict, list)) and kind.__module__ == "__main__":
        return refer(value)  # a class of the notebook, with methods that a test may call
    for base in (dict, list, tuple, int, float, str):  # a Counter, a named tuple, an IntEnum
        if isinstance(value, base) and not isinstance(value, np.generic):
            return encode(base(value), refer)
    if isinstance(value, _ITERATORS):
        return {"iter": [encode(v, refer) for v in itertools.islice(value, MAX_ITEMS)]}
    if hasattr(kind, "__array__"):
        array = np.asarray(value)
        if array.dtype.name == "bfloat16":
            array = array.astype("float32")
        if _DTYPE.fullmatch(array.dtype.str):
            data = base64.b64encode(array.tobytes()).decode()
            return {"array": [array.dtype.str, list(array.shape), data]}
    return refer(value)


def decode(doc: Any, resolve: Callable[[Any], Any], generators: bool = False) -> Any:
    """Rebuild a value; ``resolve`` gives the object for what `encode` had to refer to.

    Random generators are rebuilt only with ``generators``, which the grader never sets.

    Raises:
        NotPlain: the document isn't one that `encode` writes.
    """
    if doc is None or type(doc) in (bool, int, float, str):
        return doc
    if type(doc) is not dict or len(doc) != 1:
        raise NotPlain("malformed value")
    ((tag, body),) = doc.items()

    def each(items: Any) -> list:
        if type(items) is not list:
            raise NotPlain(f"malformed {tag}")
        return [decode(item, resolve, generators) for item in items]

    for kind, name in _SEQUENCES.items():
        if tag == name:
            return kind(each(body))
    if tag == "iter":
        return iter(each(body))
    if tag == "dict":
        return dict(each([{"tuple": pair} for pair in body]))
    if tag == "complex":
        real, imag = each(body)
        return complex(float(real), float(imag))
    if tag == "bytes":
        return base64.b64decode(body)
    if tag in ("range", "slice"):
        return {"range": range, "slice": slice}[tag](*each(body))
    if tag == "scalar":
        return _array(body[0], [], body[1])[()]
    if tag == "array":
        return _array(*body)
    if tag == "ref":
        return resolve(body)
    if tag == "rng" and generators:
        bits = getattr(np.random, body[0])()
        bits.state = decode(body[1], resolve)
        return np.random.Generator(bits)
    raise NotPlain(f"unknown kind of value {tag[:20]!r}")


def _array(dtype: str, shape: list, data: str) -> np.ndarray:
    """An array of one's own; its bytes must be exactly as many as dtype and shape ask for."""
    if not (type(dtype) is str and _DTYPE.fullmatch(dtype) and type(shape) is list):
        raise NotPlain("malformed array")
    if len(shape) > 32 or not all(type(n) is int and n >= 0 for n in shape):
        raise NotPlain("malformed shape")
    raw = base64.b64decode(data)
    kind = np.dtype(dtype)
    if kind.itemsize * math.prod(shape) != len(raw) or (kind.itemsize == 0 and 0 not in shape):
        raise NotPlain("an array with too few or too many bytes")
    if 0 in shape:
        return np.zeros(shape, kind)
    return np.frombuffer(raw, kind).reshape(shape).copy()
