import numpy as np
import pytest

from utils.checks import (
    check_close, check_no_look_ahead, check_shape, check_type, largest_difference,
)


def test_right_answers_pass():
    check_shape("h", np.zeros((2, 3)), (2, None))
    check_close("h", [1.0, 2.0], np.array([1.0, 2.0 + 1e-8]))
    check_close("loss", np.float32(0.5), 0.5)
    check_type("n", 3, int)


@pytest.mark.parametrize("value, message", [
    (None, "h is None: does your function return"),
    (np.zeros(3), r"h has shape \(3,\), expected \(2, 2\)"),
    ([[1, 2], [3, 5]], r"h at index \(1, 1\) is 5, expected 4 \(1 of 4 values are off, by up to 1\)"),
    ([[1, np.nan], [3, 4]], r"NaN\) at index \(0, 1\)"),
    ([["a", "b"], ["c", "d"]], "expected numbers"),
])
def test_wrong_answers_are_told_where(value, message):
    with pytest.raises(AssertionError, match=message):
        check_close("h", value, np.array([[1, 2], [3, 4]]))


def test_an_object_that_equals_everything_fails():
    class Equal:
        def __eq__(self, other):
            return True

        def __sub__(self, other):
            return 0
    with pytest.raises(AssertionError):
        check_close("h", Equal(), np.array(1.0))
    with pytest.raises(AssertionError, match="is a bool, expected a int"):
        check_type("n", True, int)


def test_largest_difference_over_arrays_and_lists():
    assert largest_difference(np.array([1, 2]), np.array([1, 4])) == 2
    assert largest_difference([np.zeros(2), np.ones(1)], [np.zeros(2), np.zeros(1)]) == 1
    with pytest.raises(ValueError, match="1 arrays against 2"):
        largest_difference([1], [1, 2])
    with pytest.raises(AssertionError, match="shape"):
        largest_difference(np.zeros((2, 1)), np.zeros(2))


def test_a_model_that_reads_from_left_to_right_passes():
    check_no_look_ahead(lambda ids: np.cumsum(ids, axis=1)[..., None] * [1.0, 2.0],
                        np.array([3, 1, 4, 1, 5]), 6)


@pytest.mark.parametrize("outputs_of, message", [
    # both directions; the next token alone; the fourth token, seen from the first step only
    (lambda ids: ids[:, ::-1].cumsum(axis=1)[:, ::-1], "output at step 1 moves by .* after step 1"),
    (lambda ids: np.roll(ids, -1, axis=1), "output at step 1 moves by .* after step 1 are"),
    (lambda ids: np.where(np.arange(5) == 0, ids[:, 3:4], 0), "output at step 1 moves by 1 "),
    (lambda ids: np.where(np.arange(5) == 3, ids[:, 4:], 0), "output at step 4 .* after step 4 "),
    (lambda ids: np.full(ids.shape, np.nan), "moves by nan"),
    (lambda ids: ids[:, :-1], r"the outputs has shape \(5, 4\), expected \(5, 5\)"),
])
def test_a_look_ahead_is_caught(outputs_of, message):
    with pytest.raises(AssertionError, match=message):
        check_no_look_ahead(outputs_of, np.array([3, 1, 4, 1, 5]), 6)


def test_no_look_ahead_needs_a_text():
    with pytest.raises(ValueError, match="at least 2 tokens"):
        check_no_look_ahead(lambda ids: ids, np.array([[1, 2]]), 6)
