"""Checks for exercises: each message says what was expected, what came, and where."""

import numpy as np


def check_shape(name: str, value, shape: tuple) -> None:
    """Assert that `value` is an array of `shape`; a None in `shape` matches any length."""
    if value is None:
        raise AssertionError(f"{name} is None: does your function return its result?")
    got = tuple(np.shape(value))
    fits = len(got) == len(shape) and all(w is None or w == g for g, w in zip(got, shape))
    if not fits:
        want = "(" + ", ".join("any" if s is None else str(s) for s in shape) + ")"
        raise AssertionError(f"{name} has shape {got}, expected {want}")


def check_close(name: str, value, expected, atol: float = 1e-6, rtol: float = 1e-5) -> None:
    """Assert that `value` equals `expected` in shape and, up to the tolerance, in each element.

    The message names the first wrong index and the largest difference.
    """
    expected = np.asarray(expected)
    check_shape(name, value, expected.shape)
    value = np.asarray(value)
    if value.dtype.kind not in "biufc":
        raise AssertionError(f"{name} holds {value.dtype}, expected numbers")
    if np.isnan(value).any() and not np.isnan(expected).any():
        where = tuple(int(i) for i in np.argwhere(np.isnan(value))[0])
        raise AssertionError(f"{name} is not a number (NaN) at index {where}")
    wrong = ~np.isclose(value, expected, atol=atol, rtol=rtol)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        at = f" at index {where}" if where else ""
        largest = np.abs(value - expected).max()
        raise AssertionError(
            f"{name}{at} is {value[where]:.6g}, expected {expected[where]:.6g} "
            f"({wrong.sum()} of {wrong.size} values are off, by up to {largest:.3g})"
        )


def check_type(name: str, value, kind: type) -> None:
    """Assert that `value` is of exactly the type `kind`: look-alikes don't count."""
    if type(value) is not kind:
        raise AssertionError(f"{name} is a {type(value).__name__}, expected a {kind.__name__}")


def largest_difference(ours, keras_value) -> float:
    """Largest absolute difference over two arrays, or over two equally long lists of arrays."""
    if isinstance(ours, (list, tuple)):
        if len(ours) != len(keras_value):
            raise ValueError(f"{len(ours)} arrays against {len(keras_value)}")
        return max(largest_difference(a, b) for a, b in zip(ours, keras_value))
    ours, keras_value = np.asarray(ours), np.asarray(keras_value)
    check_shape("the first array", ours, keras_value.shape)
    return float(np.abs(ours.astype("float64") - keras_value.astype("float64")).max())
