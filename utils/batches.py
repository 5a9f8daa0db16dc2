"""From ids to what a model is fed: windows, streams, padded batches."""

from collections.abc import Iterable, Sequence

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
        self._row, self._first = row, first
        self._lay(stream)

    def _lay(self, stream: np.ndarray) -> None:
        inputs = np.concatenate([[self._first], stream[:-1]])
        for b in range(self.batch_size):
            piece = slice(b * self._row, min((b + 1) * self._row, len(stream)))
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


class ShuffledLines(LMStreams):
    """As `LMStreams`, with the lines of the text in another order in each epoch.

    A line ends with the id `eos`. For texts whose lines don't depend on each other: the model then
    doesn't learn by heart which line follows which.
    """

    def __init__(self, stream: np.ndarray, batch_size: int, steps: int, eos: int, seed: int):
        super().__init__(stream, batch_size, steps, eos)
        self._rng = np.random.default_rng(seed)
        lines = np.split(stream, np.flatnonzero(np.asarray(stream) == eos) + 1)
        self._lines = [line for line in lines if len(line)]
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Keras calls it after each pass."""
        order = self._rng.permutation(len(self._lines))
        self._lay(np.concatenate([self._lines[k] for k in order]))


def pad(sequences: Sequence[np.ndarray], width: int | None = None, value: int = 0) -> np.ndarray:
    """Sequences of different lengths as one array (len(sequences), width, ...), `value` behind.

    A sequence has shape (length, ...), with the same `...` for all. `width` is by default the
    greatest length.
    """
    sequences = [np.asarray(s) for s in sequences]
    if not sequences:
        raise ValueError("no sequences to pad")
    longest = max(map(len, sequences))
    width = longest if width is None else width
    if longest > width:
        raise ValueError(f"a sequence has length {longest}, but width is {width}: cut it or make "
                         "the rows wider")
    first = sequences[0]
    padded = np.full((len(sequences), width, *first.shape[1:]), value, first.dtype)
    for row, sequence in zip(padded, sequences):
        row[:len(sequence)] = sequence
    return padded


class PaddedBatches(keras.utils.PyDataset):
    """Sequences of different lengths in padded batches, for `fit`, `evaluate` and `predict`.

    `inputs` is a list of sequences (T, ...) of ids, or a tuple of several such lists, one for each
    input of the model; padding has the id 0. `targets` is a list of ids (T,), one for each step:
    then a batch is (x, y, weight) with x (B, T, ...), y and weight (B, T), and the weight is 1 at a
    token, 0 at padding. Or it is an array with one label for each sequence: then a batch is (x, y)
    with y (B,). Or it is None: (x,).

    A batch is as wide as its longest sequence. `by_length` puts sequences of like length together
    ("bucketing"), so that little is padded; otherwise neighbours in the given order share a batch.
    `width` makes all batches equally wide. `fit` shuffles the batches, not the sequences in them.
    `n_tokens` are in all batches together, `n_positions` with the padding.
    """

    def __init__(self, inputs: Sequence | tuple[Sequence, ...], targets: Sequence | None,
                 batch_size: int, by_length: bool = True, width: int | None = None):
        super().__init__()
        self._inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        self._targets, self._width = targets, width
        lengths = np.array([len(s) for s in self._inputs[0]])
        for other in self._inputs[1:]:
            if [len(s) for s in other] != lengths.tolist():
                raise ValueError("the inputs differ in their lengths")
        if batch_size < 1 or not len(lengths) or not lengths.min():
            raise ValueError(f"batch_size {batch_size} and {len(lengths)} sequences: expected at "
                             "least 1 of each, and no sequence that is empty")
        if targets is not None and len(targets) != len(lengths):
            raise ValueError(f"{len(targets)} targets for {len(lengths)} sequences")
        self._per_step = targets is not None and np.ndim(targets[0]) > 0
        if self._per_step and [len(t) for t in targets] != lengths.tolist():
            raise ValueError("a sequence and its targets differ in length")
        order = np.argsort(lengths, kind="stable") if by_length else np.arange(len(lengths))
        rows = [order[k:k + batch_size] for k in range(0, len(order), batch_size)]
        # Keras takes a size in which the first two batches agree for the size of all: so the
        # narrowest batch stands first, and the widest one second.
        rows.sort(key=lambda r: lengths[r].max())
        self._rows = rows[:1] + rows[-1:] + rows[1:-1] if len(rows) > 1 else rows
        self.n_tokens = int(lengths.sum())
        self.n_positions = sum(len(r) * (width or int(lengths[r].max())) for r in rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, k: int) -> tuple:
        rows = self._rows[k]
        x = tuple(pad([sequences[i] for i in rows], self._width) for sequences in self._inputs)
        x = x if len(x) > 1 else x[0]
        if self._targets is None:
            return (x,)
        y = [self._targets[i] for i in rows]
        if not self._per_step:
            return x, np.asarray(y)
        weight = pad([np.ones(len(t), "float32") for t in y], self._width)
        return x, pad(y, self._width), weight

    def in_order(self, outputs: Iterable[np.ndarray], per_step: bool = True) -> list[np.ndarray]:
        """What a model gave for each batch, back in the order of the given sequences.

        `outputs` has one array for each batch: (B, T, ...), which come back without padding as
        (length, ...), or, with `per_step=False`, (B, ...).
        """
        found: list = [None] * sum(map(len, self._rows))
        for rows, batch in zip(self._rows, outputs, strict=True):
            for i, output in zip(rows, batch, strict=True):
                found[i] = output[:len(self._inputs[0][i])] if per_step else output
        return found


class PairBatches(keras.utils.PyDataset):
    """Pairs of sequences in padded batches, for the training of an encoder-decoder.

    `sources` and `targets` are lists of ids (S,) and (T,), without `<eos>`, whose id is 0; a source
    may also be frames (S, F) or a picture (S, W, 3), as the encoder reads it. Batch k is
    ((source, before), y, weight): source (B, S, ...); y (B, T + 1), each target with `<eos>` behind
    it; before (B, T + 1), y moved by one, `<eos>` first, that is what the decoder reads (teacher
    forcing); weight (B, T + 1), 1 at a token and at the first `<eos>`, 0 at padding.

    Pairs of like lengths share a batch, first by the target's length, so that little is padded.
    `fit` shuffles the batches. `n_tokens` are the targets' tokens, each `<eos>` counted.
    """

    def __init__(self, sources: Sequence[np.ndarray], targets: Sequence[np.ndarray],
                 batch_size: int):
        super().__init__()
        if len(sources) != len(targets) or not len(sources):
            raise ValueError(f"{len(sources)} sources and {len(targets)} targets: expected as many "
                             "of the one as of the other, and at least one")
        lengths = np.array([(len(t), len(s)) for s, t in zip(sources, targets)])
        if batch_size < 1 or not lengths.min():
            raise ValueError(f"batch_size is {batch_size}, the shortest sequence has "
                             f"{lengths.min()} tokens: both must be at least 1")
        self._sources, self._targets = sources, targets
        order = np.lexsort(lengths.T[::-1])
        self._rows = [order[k:k + batch_size] for k in range(0, len(order), batch_size)]
        self.n_tokens = int(lengths[:, 0].sum()) + len(order)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, k: int) -> tuple:
        sources = [self._sources[i] for i in self._rows[k]]
        y = [np.append(self._targets[i], 0) for i in self._rows[k]]
        # Keras takes a size in which the first two batches agree for the size of all: so the first
        # gets one column more than the second; not so sources that all have one size, as pictures.
        wider = [None, None]
        if k == 0:
            first_two = self._rows[0], self._rows[min(1, len(self) - 1)]
            wider = [1 + max(len(part[i]) for rows in first_two for i in rows) + extra
                     for part, extra in ((self._sources, 0), (self._targets, 1))]
            if len(set(map(len, self._sources))) == 1:
                wider[0] = None
        source, y_ids = pad(sources, wider[0]), pad(y, wider[1])
        before = np.concatenate([np.zeros_like(y_ids[:, :1]), y_ids[:, :-1]], axis=1)
        weight = pad([np.ones(len(t), "float32") for t in y], wider[1])
        return (source, before), y_ids, weight
