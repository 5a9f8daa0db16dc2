"""From a stream of ids to what a model is fed."""

import numpy as np
import keras


def windows(stream: np.ndarray, n: int, pad: int) -> tuple[np.ndarray, np.ndarray]:
    """The `n` ids before each id of `stream`: X of shape (len(stream), n) and y (len(stream),).

    Each token is predicted exactly once. `pad` (the id of `<eos>`) stands for what lies before
    the first token.
    """
    stream = np.asarray(stream)
    if n < 1:
        raise ValueError(f"n is {n}; a window holds at least 1 token")
    if stream.ndim != 1 or not len(stream):
        raise ValueError(f"stream has shape {stream.shape}; expected one dimension, not empty")
    padded = np.concatenate([np.full(n, pad, stream.dtype), stream[:-1]])
    return np.lib.stride_tricks.sliding_window_view(padded, n), stream


class LMStreams(keras.utils.PyDataset):
    """Contiguous streams for truncated back-propagation through time with carried state.

    The corpus is cut into `batch_size` pieces of equal length, laid side by side as rows; batch k
    holds columns k*steps to (k+1)*steps, so that row b of batch k+1 goes on where row b of batch k
    stopped. Each batch is (x, y, weight), all of shape (batch_size, steps); y is x moved by one.
    Every token of the corpus is a target exactly once; the padding at the end has weight 0.

    `first` is the id in front of the first token (that of `<eos>`).
    """

    def __init__(self, stream: np.ndarray, batch_size: int, steps: int, first: int):
        super().__init__()
        stream = np.asarray(stream, dtype="int32")
        if stream.ndim != 1 or not len(stream):
            raise ValueError(f"stream has shape {stream.shape}; expected one dimension, not empty")
        if batch_size < 1 or steps < 1:
            raise ValueError(f"batch_size {batch_size} and steps {steps} must be at least 1")
        self.batch_size, self.steps, self.n_tokens = batch_size, steps, len(stream)
        row = -(-len(stream) // batch_size)              # tokens per row, rounded up
        width = -(-row // steps) * steps                 # columns, a whole number of batches
        self._x = np.zeros((batch_size, width), "int32")
        self._y = np.zeros((batch_size, width), "int32")
        self._weight = np.zeros((batch_size, width), "float32")
        inputs = np.concatenate([[first], stream[:-1]])
        for b in range(batch_size):
            piece = slice(b * row, min((b + 1) * row, len(stream)))
            n = max(piece.stop - piece.start, 0)
            self._x[b, :n], self._y[b, :n] = inputs[piece], stream[piece]
            self._weight[b, :n] = 1.0

    def __len__(self) -> int:
        return self._x.shape[1] // self.steps

    def __getitem__(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        part = np.s_[:, k * self.steps:(k + 1) * self.steps]
        return self._x[part], self._y[part], self._weight[part]

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All batches below each other, (batches * batch_size, steps): for `fit` without shuffling.

        `fit` reads arrays with less waiting between two batches than a dataset in Python.
        """
        return tuple(np.concatenate(parts) for parts in zip(*map(self.__getitem__,
                                                                 range(len(self)))))

    def in_order(self, values: np.ndarray) -> np.ndarray:
        """Values per target, shape (batch_size, columns), back in corpus order, without padding."""
        values = np.asarray(values)
        if values.shape != self._x.shape:
            raise ValueError(f"values have shape {values.shape}, expected {self._x.shape}")
        return values[self._weight > 0]
