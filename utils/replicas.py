"""Small recurrent networks, trained side by side in NumPy: one replica for each seed.

A claim about learning needs several seeds. For networks of some twenty units the time of a Keras
step is spent between the operations; here one operation serves all replicas, which share nothing
else. The cells are those of `keras.layers` (GRU with `reset_after`, one bias), outputs and
gradients equal.
"""

import numpy as np

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}       # blocks of weights: h | z, r, h | i, f, c, o
Memory = tuple[np.ndarray, ...]


def cross_entropy(outputs: np.ndarray, targets: np.ndarray,
                  weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loss of each replica (S,) and its gradient at the logits, for ids `targets` (S, T, B).

    `outputs` (S, T, B, K) are logits; `weight` (S, T, B) says what each position counts, and sums
    to 1 over each replica.
    """
    p = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    right = np.take_along_axis(p, targets[..., None], axis=-1)
    loss = -(weight * np.log(np.maximum(right[..., 0], 1e-30))).sum(axis=(1, 2))
    np.put_along_axis(p, targets[..., None], right - 1, axis=-1)
    return loss, p * weight[..., None]


def squared_error(outputs: np.ndarray, targets: np.ndarray,
                  weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `cross_entropy`, for one output and real numbers as `targets` (S, T, B)."""
    error = outputs[..., 0] - targets
    return (weight * error ** 2).sum(axis=(1, 2)), (2 * weight * error)[..., None]


class Replicas:
    """`replicas` (S) recurrent networks of one size with a linear output layer.

    `cell` is `RNN` (tanh), `GRU` or `LSTM`. All arrays are float32 and begin with the replica:
    inputs (S, T, B, k), states (S, T, B, d), outputs (S, T, B, K). Weights as in Keras: kernel
    (S, k, g d), recurrent kernel (S, d, g d), bias (S, 1, g d), then output kernel and bias. As in
    Keras the kernels start as Glorot and Bengio (2010), the recurrent one orthogonal.
    `keep_bias` is the first bias of the gate that keeps the old content: the forget gate of the
    LSTM (Gers et al. 2000), the update gate of the GRU.
    """

    def __init__(self, cell: str, replicas: int, inputs: int, units: int, outputs: int,
                 seed: int = 1, keep_bias: float | np.ndarray = 1.0):
        if cell not in GATES:
            raise ValueError(f"cell is {cell!r}; it must be one of {', '.join(GATES)}")
        self.cell, self.units = cell, units
        width = GATES[cell] * units
        each = []
        for s in range(replicas):
            rng = np.random.default_rng((seed, s))
            bias = np.zeros((1, width))
            if cell != "RNN":
                block = {"LSTM": 1, "GRU": 0}[cell]
                bias[0, block * units:(block + 1) * units] = keep_bias
            each.append((_glorot(rng, inputs, width),
                         np.linalg.qr(rng.normal(size=(width, units)))[0].T, bias,
                         _glorot(rng, units, outputs), np.zeros((1, outputs))))
        self.weights = [np.stack(w).astype("float32") for w in zip(*each)]
        self._moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self._updates = 0

    def states(self, x: np.ndarray) -> tuple[np.ndarray, Memory]:
        """States h (S, T + 1, B, d), of which h[:, 0] = 0, and what the way back needs."""
        S, T, B, k = x.shape
        kernel, recurrent, bias = self.weights[:3]
        # all products with the inputs at once; in the loop the steps are made in place
        z = (x.reshape(S, T * B, k) @ kernel + bias).reshape(S, T, B, -1)
        h = np.zeros((S, T + 1, B, self.units), "float32")
        return h, _FORWARD[self.cell](z, h, recurrent, self.units)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Outputs (S, T, B, K) for inputs (S, T, B, k)."""
        return self._outputs(self.states(x)[0])

    def _outputs(self, h: np.ndarray) -> np.ndarray:
        kernel, bias = self.weights[3:]
        return h[:, 1:] @ kernel[:, None] + bias[:, None]

    def gradients(self, x: np.ndarray, targets: np.ndarray, weight: np.ndarray,
                  loss=cross_entropy) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Loss (S,), gradients of the weights, and dJ/dh, shape (S, T, B, d), by BPTT."""
        h, memory = self.states(x)
        losses, d_out = loss(self._outputs(h), targets, weight)
        d_out = d_out.astype("float32")
        # what the output of each step gives to its state, then what all later steps give
        dh = d_out @ self.weights[3].swapaxes(1, 2)[:, None]
        back = np.ascontiguousarray(self.weights[1].swapaxes(1, 2))
        dz, d_recurrent = _BACKWARD[self.cell](h, memory, back, self.units, dh)
        flat = [a.reshape(len(x), -1, a.shape[-1]) for a in (x, h[:, :-1], h[:, 1:])]
        dz, d_recurrent, d_out = (a.reshape(len(x), -1, a.shape[-1])
                                  for a in (dz, d_recurrent, d_out))
        x, before, after = (a.swapaxes(1, 2) for a in flat)
        grads = [x @ dz, before @ d_recurrent, dz.sum(axis=1, keepdims=True),
                 after @ d_out, d_out.sum(axis=1, keepdims=True)]
        return losses, grads, dh

    def update(self, x: np.ndarray, targets: np.ndarray, weight: np.ndarray, loss=cross_entropy,
               learning_rate: float = 1e-2, clipnorm: float = 1.0) -> np.ndarray:
        """One step of Adam (Kingma and Ba 2015), each replica clipped on its own; loss (S,)."""
        losses, grads, _ = self.gradients(x, targets, weight, loss)
        norms = np.sqrt(sum((g ** 2).sum(axis=(1, 2)) for g in grads))
        factor = np.minimum(1, clipnorm / np.maximum(norms, 1e-12))[:, None, None]
        self._updates += 1
        rate = learning_rate * np.sqrt(1 - 0.999 ** self._updates) / (1 - 0.9 ** self._updates)
        for w, (m, v), g in zip(self.weights, self._moments, grads):
            g = (g * factor).astype("float32")
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= (rate * m / (np.sqrt(v) + 1e-7)).astype("float32")
        return losses


def _glorot(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return rng.uniform(-1, 1, (rows, columns)) * np.sqrt(6 / (rows + columns))


def _sigmoid(a: np.ndarray) -> None:
    """In place, as 0.5 + 0.5 tanh(a / 2): one call that can't overflow."""
    a *= 0.5
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5


def _rnn_forward(z, h, recurrent, d) -> Memory:
    for t in range(z.shape[1]):
        z[:, t] += h[:, t] @ recurrent
        np.tanh(z[:, t], out=h[:, t + 1])
    return ()


def _rnn_backward(h, memory, back, d, dh):
    dz = 1 - h[:, 1:] ** 2
    for t in range(dz.shape[1] - 1, -1, -1):
        dz[:, t] *= dh[:, t]
        if t:
            dh[:, t - 1] += dz[:, t] @ back
    return dz, dz


def _lstm_forward(z, h, recurrent, d) -> Memory:
    c = np.zeros_like(h)
    tanh_c = np.empty_like(h[:, 1:])
    for t in range(z.shape[1]):
        a = z[:, t]
        a += h[:, t] @ recurrent
        i_f, g, o = a[..., :2 * d], a[..., 2 * d:3 * d], a[..., 3 * d:]
        _sigmoid(i_f)
        np.tanh(g, out=g)
        _sigmoid(o)
        np.multiply(i_f[..., d:], c[:, t], out=c[:, t + 1])
        c[:, t + 1] += i_f[..., :d] * g
        np.tanh(c[:, t + 1], out=tanh_c[:, t])
        np.multiply(o, tanh_c[:, t], out=h[:, t + 1])
    return z, c, tanh_c


def _lstm_backward(h, memory, back, d, dh):
    a, c, tanh_c = memory
    i, f, g, o = (a[..., k * d:(k + 1) * d] for k in range(4))
    dz = np.concatenate([i * (1 - i) * g, f * (1 - f) * c[:, :-1], i * (1 - g * g),
                         o * (1 - o) * tanh_c], axis=-1)
    to_cell = o * (1 - tanh_c ** 2)
    dc = np.zeros_like(dh[:, 0])
    for t in range(dz.shape[1] - 1, -1, -1):
        dc += dh[:, t] * to_cell[:, t]
        dz[:, t, ..., 3 * d:] *= dh[:, t]
        for k in range(3):
            dz[:, t, ..., k * d:(k + 1) * d] *= dc
        dc *= f[:, t]
        if t:
            dh[:, t - 1] += dz[:, t] @ back
    return dz, dz


def _gru_forward(z, h, recurrent, d) -> Memory:
    recalled = np.empty_like(h[:, 1:])
    for t in range(z.shape[1]):
        a, r = z[:, t], h[:, t] @ recurrent
        gates, candidate = a[..., :2 * d], a[..., 2 * d:]
        gates += r[..., :2 * d]
        _sigmoid(gates)
        recalled[:, t] = r[..., 2 * d:]
        candidate += gates[..., d:] * recalled[:, t]
        np.tanh(candidate, out=candidate)
        h[:, t + 1] = candidate + gates[..., :d] * (h[:, t] - candidate)
    return z, recalled


def _gru_backward(h, memory, back, d, dh):
    a, recalled = memory
    z, r, g = (a[..., k * d:(k + 1) * d] for k in range(3))
    to_z, to_g = (h[:, :-1] - g) * z * (1 - z), (1 - z) * (1 - g * g)
    to_r = recalled * r * (1 - r)
    dz, d_recurrent = np.empty_like(a), np.empty_like(a)
    for t in range(dz.shape[1] - 1, -1, -1):
        step, through = dz[:, t], d_recurrent[:, t]
        np.multiply(dh[:, t], to_z[:, t], out=step[..., :d])
        np.multiply(dh[:, t], to_g[:, t], out=step[..., 2 * d:])
        np.multiply(step[..., 2 * d:], to_r[:, t], out=step[..., d:2 * d])
        through[...] = step
        through[..., 2 * d:] *= r[:, t]
        if t:
            dh[:, t - 1] += dh[:, t] * z[:, t] + through @ back
    return dz, d_recurrent


_FORWARD = {"RNN": _rnn_forward, "GRU": _gru_forward, "LSTM": _lstm_forward}
_BACKWARD = {"RNN": _rnn_backward, "GRU": _gru_backward, "LSTM": _lstm_backward}
