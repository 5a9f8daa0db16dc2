"""Keras' Adam with one TensorFlow kernel for the update of a weight.

Keras writes the update as a dozen element-wise operations, each of which reads and writes whole
matrices; with an embedding and an output layer of 10,000 types that takes as long as a recurrent
layer. An update is Keras' to 1 in 20,000: the kernel takes 1 - 0.999 in float32. The gradients of
a row of an embedding that a batch uses several times are summed before they are squared, as in
any other weight's; Keras, when it does not clip, squares each by itself. Another backend gets
Keras' own Adam.
"""

import keras
from keras.backend import backend

if backend() == "tensorflow":
    import tensorflow as tf


@keras.saving.register_keras_serializable("course")
class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam` (Kingma and Ba 2015), faster on a CPU; same arguments."""

    def _clip_gradients(self, grads):
        """Keras' clipping; gradients that are short enough are not multiplied by 1."""
        limit = self.global_clipnorm
        if backend() != "tensorflow" or not limit:
            return super()._clip_gradients(grads)
        # Keras' norm: of a row that a batch uses several times, each gradient is squared by itself
        halves = [tf.nn.l2_loss(g.values if isinstance(g, tf.IndexedSlices) else g) for g in grads]
        norm = tf.sqrt(2 * tf.reduce_sum(tf.stack(halves)))
        grads = [tf.convert_to_tensor(g) for g in grads]

        def clipped():
            scale = limit * (1 / norm) + (norm - norm)      # NaN where the norm is not finite
            return [g * scale for g in grads]

        return tf.cond(norm <= limit, lambda: grads, clipped)

    def update_step(self, gradient, variable, learning_rate):
        if backend() != "tensorflow" or self.amsgrad:
            super().update_step(gradient, variable, learning_rate)
            return
        # an embedding's gradient is sparse unless clipped; the kernel takes one dtype for all
        gradient = tf.cast(tf.convert_to_tensor(gradient), variable.dtype)
        index = self._get_variable_index(variable)
        weight, m, v = ((w.value if isinstance(w, keras.Variable) else w).handle for w in (
            variable, self._momentums[index], self._velocities[index]))

        def number(x):
            return tf.cast(x, gradient.dtype)

        updates = number(self.iterations + 1)
        tf.raw_ops.ResourceApplyAdam(
            var=weight, m=m, v=v, grad=gradient, lr=number(learning_rate),
            beta1=number(self.beta_1), beta1_power=number(self.beta_1) ** updates,
            beta2=number(self.beta_2), beta2_power=number(self.beta_2) ** updates,
            epsilon=number(self.epsilon))
