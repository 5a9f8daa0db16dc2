"""Cross entropy that touches the large matrix of logits as seldom as it can.

With 10,000 types the logits of one batch are larger than everything else in a language model, and
each pass over them costs as much as a layer. With p = softmax(logits) the gradient of the cross
entropy is p - onehot(target), so p is all that the way back needs.
"""

import keras
from keras.backend import backend

if backend() == "tensorflow":
    import tensorflow as tf


def _softmax_and_loss(logits, targets):
    """Softmax (N, V) of the logits, and -log of it at the targets (N,)."""
    p = tf.nn.softmax(logits)
    at_target = tf.gather(p, targets, batch_dims=1)

    def from_logits():      # a probability may be 0 in float32, its logarithm is known even so:
        log_sum = tf.reduce_max(logits, 1) - tf.math.log(tf.reduce_max(p, 1))
        return log_sum - tf.gather(logits, targets, batch_dims=1)

    return p, tf.cond(tf.reduce_min(at_target) > 1e-30,
                      lambda: -tf.math.log(at_target), from_logits)


def _minus_onehot(p, targets, amount):
    """p - amount * onehot(targets), in the memory of p where TensorFlow can."""
    rows = tf.range(tf.shape(targets)[0], dtype=targets.dtype)
    return tf.tensor_scatter_nd_sub(p, tf.stack([rows, targets], axis=1), amount)


@keras.saving.register_keras_serializable("course")
def cross_entropy(targets, logits):
    """-log softmax(logits) at the targets: ids (...) and (..., V) -> (...).

    Equal to `keras.losses.sparse_categorical_crossentropy(..., from_logits=True)`, which is what
    another backend gets; for `compile(loss=cross_entropy)`.
    """
    if backend() != "tensorflow":
        return keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    logits = tf.convert_to_tensor(logits)
    shape = tf.shape(logits)
    targets = tf.reshape(tf.cast(targets, tf.int32), (-1,))

    @tf.custom_gradient
    def loss_of(logits):
        p, loss = _softmax_and_loss(logits, targets)

        def gradient(d_loss):
            return _minus_onehot(p * d_loss[:, None], targets, d_loss)

        return loss, gradient

    return tf.reshape(loss_of(tf.reshape(logits, (-1, logits.shape[-1]))), shape[:-1])


def linear_cross_entropy(states, kernel, bias, targets, mask=None):
    """Sum of the cross entropies of softmax(states kernel + bias), output layer included.

    `states` (N, k), `kernel` (k, V), `bias` (V,), `targets` (N,), `mask` (N,): rows where it is
    false are dropped before the output layer, so that padding costs nothing. The rows are done in
    two halves, so that one core can take a product while the other has a softmax. Products have
    the precision of the states, softmax and loss that of the weights.
    """
    if mask is not None:
        states, targets = tf.boolean_mask(states, mask), tf.boolean_mask(targets, mask)

    @tf.custom_gradient
    def loss_of(states, kernel, bias):
        low, high = states.dtype, kernel.dtype
        low_kernel = tf.cast(kernel, low)
        half = tf.shape(states)[0] // 2
        parts = [(states[:half], targets[:half]), (states[half:], targets[half:])]

        def forward(states, targets):
            logits = tf.cast(tf.matmul(states, low_kernel), high)
            return _softmax_and_loss(tf.nn.bias_add(logits, bias), targets)

        found = [forward(*part) for part in parts]

        def gradient(d_sum):
            scale = tf.cast(d_sum, low)         # of the small matrices, never of a large one

            def back(states, targets, p):
                d = tf.cast(_minus_onehot(p, targets, tf.ones_like(targets, high)), low)
                # a column of ones beside the states gives the sum of d's rows, without a pass over d
                states = scale * tf.pad(states, [[0, 0], [0, 1]], constant_values=1)
                return (tf.matmul(d, low_kernel, transpose_b=True),
                        tf.cast(tf.matmul(states, d, transpose_a=True), high))

            d_states, d_weights = zip(*(back(*part, p) for part, (p, _) in zip(parts, found)))
            d_weights = tf.add_n(d_weights)
            return scale * tf.concat(d_states, axis=0), d_weights[:-1], d_weights[-1]

        return tf.add_n([tf.reduce_sum(loss) for _, loss in found]), gradient

    return loss_of(states, kernel, bias)


class FusedOutput(keras.Model):
    """Trains `model`, whose last layer is a `Dense` without activation, by `linear_cross_entropy`.

    Give it targets and, as `sample_weight`, 1 at tokens and 0 at padding, both of shape (B, T);
    the loss is the mean over tokens. `per_token` is that mean over the tokens of all batches (Keras
    takes the mean of the batches' means, by rows). The weights are those of `model`: afterwards use
    that one, this one gives the states in front of the output layer. TensorFlow only.
    """

    def __init__(self, model: keras.Model):
        super().__init__()
        self.supports_jit = False              # how many rows are kept is known at run time only
        self.output_layer = model.layers[-1]
        self.states = keras.Model(model.inputs, self.output_layer.input)
        self.per_token = keras.metrics.Mean(name="per_token")

    def call(self, inputs, training=False):
        return self.states(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        kernel, bias = map(tf.convert_to_tensor, (self.output_layer.kernel, self.output_layer.bias))
        states = tf.reshape(y_pred, (-1, kernel.shape[0]))
        targets = tf.reshape(tf.cast(y, tf.int32), (-1,))
        mask = None if sample_weight is None else tf.reshape(sample_weight, (-1,)) > 0
        tokens = tf.size(targets) if mask is None else tf.math.count_nonzero(mask)
        total = linear_cross_entropy(states, kernel, bias, targets, mask)
        mean = total / tf.cast(tf.maximum(tokens, 1), total.dtype)
        self.per_token.update_state(mean, sample_weight=tokens)
        return mean
