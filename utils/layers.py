"""Fast LSTM, GRU, SimpleRNN and Bidirectional: Keras' layers with another loop, on a CPU.

Each class is a `keras.layers` class of the same name and takes the same arguments; weights,
outputs, states, masks and gradients are Keras'. Only the loop over time is ours:

1. x_t W + b is computed for all steps in one product before the loop (Appleyard et al. 2016,
   section 3.1). One large product is several times faster than T small ones.
2. The loop has its own gradient. Going back in time, only the gradient dz_t of the
   pre-activations and dh_t depend on the step after; so only they are computed in the loop.
   The local derivatives are taken for all steps at once before it, dU = sum_t h_{t-1}^T dz_t
   is one product after it, and so are dW, db and dx.
3. The product that is left in the loop is done in two halves, on two cores.

The equations, with s the logistic function and * element by element:

    SimpleRNN (Elman 1990)   h_t = tanh(x_t W + b + h_{t-1} U)
    LSTM (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000)
        z_t = x_t W + b + h_{t-1} U,  split into four parts z_i, z_f, z_g, z_o
        c_t = s(z_f) * c_{t-1} + s(z_i) * tanh(z_g),   h_t = s(z_o) * tanh(c_t)
    GRU (Cho et al. 2014; the reset gate after the product, as in cuDNN)
        a_t = x_t W + b,  q_t = h_{t-1} U + b',  both split into three parts z, r, n
        z = s(a_z + q_z),  r = s(a_r + q_r),  n = tanh(a_n + r * q_n)
        h_t = z * h_{t-1} + (1 - z) * n

Everything else goes Keras' own way: a GPU (cuDNN), another backend, other activations, no bias,
`unroll`, `reset_after=False`, and dropout inside the layer while training.
"""

from collections.abc import Callable, Sequence

import keras
from keras.backend import backend

from utils.runtime import device

if backend() == "tensorflow":
    import tensorflow as tf


def _scan(step: Callable, state: tuple, sequences: Sequence, widths: Sequence[int],
          reverse: bool = False) -> tuple[tuple, list]:
    """Run `step(state, *elements) -> state, outputs` over the first axis of `sequences`.

    Sequences have shape (T, B, .); one that is None gives None at each step. `widths` are the
    widths of the outputs. Returns the last state and the outputs as tensors (T, B, width). With
    `reverse` the steps run from the last to the first, and outputs stay where they belong.
    """
    first = sequences[0]
    n = tf.shape(first)[0]
    read = [None if s is None else tf.TensorArray(s.dtype, n).unstack(s) for s in sequences]
    write = [tf.TensorArray(first.dtype, n, element_shape=(first.shape[1], w)) for w in widths]

    def body(k, state, write):
        t = n - 1 - k if reverse else k
        state, outputs = step(state, *(None if r is None else r.read(t) for r in read))
        return k + 1, state, [w.write(t, o) for w, o in zip(write, outputs)]

    _, state, write = tf.while_loop(lambda k, *_: k < n, body, (0, state, write))
    return state, [tf.ensure_shape(w.stack(), (*first.shape[:2], width))
                   for w, width in zip(write, widths)]


def _shifted(first, sequence, reverse: bool):
    """What came before each step: (B, n) and (T, B, n) -> (T, B, n)."""
    if reverse:
        return tf.concat([sequence[1:], first[None]], axis=0)
    return tf.concat([first[None], sequence[:-1]], axis=0)


def _halves(u, alone: bool) -> list:
    """U by columns, for `_times`: in two halves, or whole if it is large or has an odd width.

    A loop that is not `alone` runs beside another one, which has the second core.
    """
    small = u.shape[0] * u.shape[1] < 500_000
    return tf.split(u, 2, axis=1) if alone and small and u.shape[1] % 2 == 0 else [u]


def _times(x, parts: list):
    """x U, U given in parts by columns.

    One step's product is too small to be shared well between cores; two halves of it run side by
    side, one on each.
    """
    return tf.concat([tf.matmul(x, part) for part in parts], axis=-1)


def _weight_gradient(inputs, outputs):
    """sum_t inputs_t^T outputs_t as one product: (T, B, m) and (T, B, n) -> (m, n)."""
    return tf.matmul(tf.reshape(inputs, (-1, inputs.shape[-1])),
                     tf.reshape(outputs, (-1, outputs.shape[-1])), transpose_a=True)


def _hold(mask, new, old):
    """`new` where the mask is true; a masked step keeps `old`."""
    return new if mask is None else tf.where(mask, new, old)


def _zero(mask, values):
    return values if mask is None else tf.where(mask, values, tf.zeros_like(values))


def _lstm_gates(parts: Sequence):
    """The gates, from z in one part or in two, i and f in the first, g and o in the second."""
    i, f, g, o = (gate for z in parts for gate in tf.split(z, 4 // len(parts), axis=-1))
    return tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)


def _lstm(a, u, mask, h0, c0, reverse=False, alone=True):
    """a = x W + b of all steps (T, B, 4n), U (n, 4n) -> H (T, B, n), last h, last c.

    `reverse` goes from the last step to the first; each state stays at its step.
    """
    n = u.shape[0]

    @tf.custom_gradient
    def recurrence(a, u, h0, c0):
        parts = _halves(u, alone)
        a_parts = tf.split(a, len(parts), axis=-1)

        def step(state, *elements):
            (h, c), (*a_t, mask_t) = state, elements
            # The halves are not put together: that would move them from core to core.
            z = [before + tf.matmul(h, part) for before, part in zip(a_t, parts)]
            i, f, g, o = _lstm_gates(z)
            new = f * c + i * g
            h, c = _hold(mask_t, o * tf.tanh(new), h), _hold(mask_t, new, c)
            return (h, c), (h, c, *z)

        (h, c), (hs, cs, *zs) = _scan(step, (h0, c0), (*a_parts, mask),
                                      (n, n, *(part.shape[1] for part in parts)), reverse)

        def gradient(d_hs, d_h, d_c):
            i, f, g, o = _lstm_gates(zs)
            tanh_c = tf.tanh(cs)
            # dz = dz_by * (dc, dc, dc, dh) and, through h_t, dc += dc_by_dh * dh
            before = _shifted(c0, cs, reverse)
            dz_by = tf.concat([g * i * (1 - i), before * f * (1 - f), i * (1 - g * g),
                               tanh_c * o * (1 - o)], axis=-1)
            dz_by, dc_by_dh = _zero(mask, dz_by), _zero(mask, o * (1 - tanh_c * tanh_c))
            forget = _hold(mask, f, tf.ones_like(f))
            parts = _halves(tf.transpose(u), alone)

            def back(state, d_out, dz_by, dc_by_dh, forget, mask_t):
                dh, dc = state
                dh += d_out
                dc += dc_by_dh * dh
                dz = dz_by * tf.concat([dc, dc, dc, dh], axis=-1)
                through = _times(dz, parts)
                return (_hold(mask_t, through, dh), dc * forget), (dz,)

            (d_h0, d_c0), (d_zs,) = _scan(back, (d_h, d_c), (d_hs, dz_by, dc_by_dh, forget, mask),
                                          (4 * n,), not reverse)
            return d_zs, _weight_gradient(_shifted(h0, hs, reverse), d_zs), d_h0, d_c0

        return (hs, h, c), gradient

    return recurrence(a, u, h0, c0)


def _gru_gates(a, q):
    """Update gate z, reset gate r, candidate n and the part q_n of q that r lets through."""
    a_z, a_r, a_n = tf.split(a, 3, axis=-1)
    q_z, q_r, q_n = tf.split(q, 3, axis=-1)
    z, r = tf.sigmoid(a_z + q_z), tf.sigmoid(a_r + q_r)
    return z, r, tf.tanh(a_n + r * q_n), q_n


def _gru(a, u, mask, h0, b, reverse=False, alone=True):
    """a = x W + b of all steps (T, B, 3n), U (n, 3n), recurrent bias (3n,) -> H, last h."""
    n = u.shape[0]

    @tf.custom_gradient
    def recurrence(a, u, h0, b):
        parts = _halves(u, alone)

        def step(state, a_t, mask_t):
            h, = state
            q = tf.nn.bias_add(_times(h, parts), b)
            z, _, candidate, _ = _gru_gates(a_t, q)
            h = _hold(mask_t, z * h + (1 - z) * candidate, h)
            return (h,), (h, q)

        (h,), (hs, qs) = _scan(step, (h0,), (a, mask), (n, 3 * n), reverse)

        def gradient(d_hs, d_h):
            z, r, candidate, q_n = _gru_gates(a, qs)
            before = _shifted(h0, hs, reverse)
            by_n = (1 - z) * (1 - candidate * candidate)
            by_z, by_r = (before - candidate) * z * (1 - z), by_n * q_n * r * (1 - r)
            # dq = dq_by * (dh, dh, dh); for a the last part lacks the factor r.
            dq_by = _zero(mask, tf.concat([by_z, by_r, by_n * r], axis=-1))
            parts = _halves(tf.transpose(u), alone)

            def back(state, d_out, dq_by, z, mask_t):
                dh = state[0] + d_out
                dq = dq_by * tf.concat([dh, dh, dh], axis=-1)
                through = dh * z + _times(dq, parts)
                return (_hold(mask_t, through, dh),), (dq, dh)

            (d_h0,), (d_qs, dhs) = _scan(back, (d_h,), (d_hs, dq_by, z, mask), (3 * n, n),
                                         not reverse)
            d_a = tf.concat([d_qs[..., :2 * n], _zero(mask, by_n) * dhs], axis=-1)
            return d_a, _weight_gradient(before, d_qs), d_h0, tf.reduce_sum(d_qs, axis=(0, 1))

        return (hs, h), gradient

    return recurrence(a, u, h0, b)


def _simple_rnn(a, u, mask, h0, reverse=False, alone=True):
    """a = x W + b of all steps (T, B, n), U (n, n) -> H (T, B, n), last h."""
    n = u.shape[0]

    @tf.custom_gradient
    def recurrence(a, u, h0):
        def step(state, a_t, mask_t):
            h, = state
            h = _hold(mask_t, tf.tanh(a_t + tf.matmul(h, u)), h)
            return (h,), (h,)

        (h,), (hs,) = _scan(step, (h0,), (a, mask), (n,), reverse)

        def gradient(d_hs, d_h):
            dz_by = _zero(mask, 1 - hs * hs)
            u_transposed = tf.transpose(u)

            def back(state, d_out, dz_by, mask_t):
                dh = state[0] + d_out
                dz = dz_by * dh
                return (_hold(mask_t, tf.matmul(dz, u_transposed), dh),), (dz,)

            (d_h0,), (d_zs,) = _scan(back, (d_h,), (d_hs, dz_by, mask), (n,), not reverse)
            return d_zs, _weight_gradient(_shifted(h0, hs, reverse), d_zs), d_h0

        return (hs, h), gradient

    return recurrence(a, u, h0)


class _Fast:
    """Replaces the loop over time of a recurrent Keras layer; before it in the list of bases."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if backend() == "tensorflow":
            self.supports_jit = False       # as in Keras' LSTM: XLA would only take long to compile

    def _is_standard(self) -> bool:
        """Whether the layer is the one of the equations at the top of this file."""
        cell = self.cell
        gates = getattr(cell, "recurrent_activation", keras.activations.sigmoid)
        return (cell.activation is keras.activations.tanh and gates is keras.activations.sigmoid
                and cell.use_bias and getattr(cell, "reset_after", True) and not self.unroll)

    def _is_ours(self, training: bool) -> bool:
        """Whether the loop of this module runs, and not Keras' own."""
        return (backend() == "tensorflow" and device() == "CPU" and self._is_standard()
                and not (training and (self.cell.dropout or self.cell.recurrent_dropout)))

    def _run(self, x, mask, states: Sequence, alone: bool = True) -> tuple:
        """The loop, over x (T, B, m) and mask (T, B, 1): outputs (T, B, n), last states (B, n).

        With `go_backwards` it begins at the last step; each output stays at its step.
        """
        w, u, b = (tf.convert_to_tensor(v)
                   for v in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias))
        # As values of now: a stateful layer's state is a variable, with the next batch's content by
        # the time the gradient is taken.
        states = [tf.convert_to_tensor(s) for s in states]
        if len(b.shape) == 2:       # GRU: one bias for x W, another one for h U
            b, recurrent_bias = tf.unstack(b)
            states.append(recurrent_bias)
        a = tf.nn.bias_add(tf.matmul(tf.reshape(x, (-1, x.shape[-1])), w), b)
        a = tf.reshape(a, (*_shape(x)[:2], w.shape[-1]))                        # (T, B, gates n)
        outputs, *states = self._recurrence(a, u, mask, *states, reverse=self.go_backwards,
                                            alone=alone)
        if mask is not None:
            seen = tf.math.cumsum(tf.cast(mask, tf.int32), reverse=self.go_backwards) > 0
            outputs = _zero(mask if self.zero_output_for_mask else seen, outputs)
        return outputs, states

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """x (B, T, m) -> last output (B, n), outputs (B, T, n), list of last states (B, n).

        As in Keras the output at a masked step is that of the step before (zero in front of the
        first), or zero with `zero_output_for_mask`; `go_backwards` gives outputs in reversed order.
        """
        if not self._is_ours(training):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        outputs, states = self._run(*_time_major(sequences, mask),
                                    keras.tree.flatten(initial_state))
        if self.go_backwards:
            outputs = tf.reverse(outputs, (0,))
        return outputs[-1], tf.transpose(outputs, (1, 0, 2)), states


def _time_major(sequences, mask) -> tuple:
    """x (B, T, m), Keras' mask (B, T) or None, maybe in a list -> (T, B, m), booleans (T, B, 1)."""
    mask = keras.tree.flatten(mask)[0]
    if mask is not None:
        mask = tf.transpose(tf.cast(mask, tf.bool))[..., None]
    return tf.transpose(sequences, (1, 0, 2)), mask


def _shape(tensor) -> list:
    """The static shape, with a scalar tensor where a size is known only at run time."""
    dynamic = tf.shape(tensor)
    return [dynamic[k] if size is None else size for k, size in enumerate(tensor.shape)]


@keras.saving.register_keras_serializable("course")
class LSTM(_Fast, keras.layers.LSTM):
    """`keras.layers.LSTM`, faster on a CPU."""

    _recurrence = staticmethod(_lstm)


@keras.saving.register_keras_serializable("course")
class GRU(_Fast, keras.layers.GRU):
    """`keras.layers.GRU`, faster on a CPU."""

    _recurrence = staticmethod(_gru)


@keras.saving.register_keras_serializable("course")
class SimpleRNN(_Fast, keras.layers.SimpleRNN):
    """`keras.layers.SimpleRNN`, faster on a CPU."""

    _recurrence = staticmethod(_simple_rnn)


@keras.saving.register_keras_serializable("course")
class Bidirectional(keras.layers.Bidirectional):
    """`keras.layers.Bidirectional`, faster on a CPU around a layer of this module.

    The loops of both directions run side by side, one on each core; the second one begins at the
    end, where Keras reverses its input and then its output.
    """

    def call(self, sequences, initial_state=None, mask=None, training=False):
        both = [self.forward_layer, self.backward_layer]
        if self.stateful or self.merge_mode != "concat" or not all(
                isinstance(layer, _Fast) and layer._is_ours(training)
                and layer.activity_regularizer is None for layer in both):
            return super().call(sequences, initial_state, mask, training)
        if initial_state is None:
            initial_state = [s for layer in both
                             for s in layer.get_initial_state(_shape(sequences)[0])]
        half = len(initial_state) // 2
        x, mask = _time_major(sequences, mask)
        ahead, states = both[0]._run(x, mask, initial_state[:half], alone=False)
        back, others = both[1]._run(x, mask, initial_state[half:], alone=False)
        if self.return_sequences:
            output = tf.transpose(tf.concat([ahead, back], axis=-1), (1, 0, 2))
        else:
            output = tf.concat([ahead[-1], back[0]], axis=-1)
        return (output, *states, *others) if self.return_state else output
