"""Long trainings that go on where they were stopped, with the same curve."""

import hashlib
import io
import json
import os
import pickle
import random
from pathlib import Path

import keras
import numpy as np

from utils.files import write_whole
from utils.runtime import run_name


def _nameless(config):
    """A configuration without names, which Keras numbers through: `dense_7`."""
    if isinstance(config, dict):
        return {key: _nameless(value) for key, value in config.items() if key != "name"}
    return [_nameless(v) for v in config] if isinstance(config, list | tuple) else config


def _layers(layer: keras.Layer) -> list:
    """Kind and settings of all layers, those of models inside of models among them."""
    parts = getattr(layer, "layers", None)
    if parts is None:
        return [(type(layer).__name__, _nameless(layer.get_config()))]
    return [type(layer).__name__, *(_layers(part) for part in parts)]


def _digest(model: keras.Model, epochs: int, size: int, first_batch) -> str:
    """Names a training by what it starts from, so that another one never goes on from its file."""
    settings = (run_name(), epochs, size, _nameless(model.optimizer.get_config()), _layers(model))
    found = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for array in [*(np.asarray(v) for v in model.trainable_variables),
                  *map(np.asarray, keras.tree.flatten(first_batch))]:
        found.update(repr((array.shape, array.dtype)).encode() + array.tobytes())
    return found.hexdigest()[:16]


class _Checkpoint(keras.callbacks.Callback):
    """After each epoch one file holds all that the rest of the training depends on."""

    def __init__(self, path: Path):
        super().__init__()
        self._path = path
        self.logs: list[dict] = []

    def _variables(self) -> list:
        return [*self.model.variables, *self.model.optimizer.variables]

    def restore(self, model: keras.Model) -> int:
        """Bring `model`, its optimiser and the random generators to where the file has them.

        Returns the number of epochs that are done, 0 without a file.
        """
        if not self._path.exists():
            return 0
        self.set_model(model)
        with np.load(self._path, allow_pickle=False) as file:
            for k, variable in enumerate(self._variables()):
                variable.assign(file[f"v{k}"])
            self.logs, *generators = pickle.loads(file["rest"].tobytes())
        random.setstate(generators[0])
        np.random.set_state(generators[1])
        return len(self.logs)

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))
        rest = pickle.dumps((self.logs, random.getstate(), np.random.get_state()))
        held = io.BytesIO()
        np.savez(held, rest=np.frombuffer(rest, np.uint8),
                 **{f"v{k}": np.asarray(v) for k, v in enumerate(self._variables())})
        write_whole(self._path, held.getvalue())


def fit(model: keras.Model, *, x, epochs: int, callbacks: list = (), **data) -> dict[str, list]:
    """`model.fit(...).history` of a compiled model; with COURSE_CHECKPOINTS it can be resumed.

    COURSE_CHECKPOINTS names a folder. Each training has a file there, written after each epoch,
    which holds the weights, the optimiser, the states of Python's and NumPy's random generators and
    the figures so far. The same training, begun again, goes on from the file; one that was
    finished is not repeated. A training is the same if profile, layers with their settings, first
    weights, optimiser with its rates, size of the data, first batch and epochs are. (Not seen: how
    the layers are joined, and the code of layers of one's own.) `x` is an array or a `PyDataset`. A
    training on shuffled arrays is always run whole, since TensorFlow's shuffling can't be taken up
    again. The files are pickled: use no folder that others can write to.
    """
    # or else TensorFlow makes the first graph twice: once to find that the optimiser needs memory
    model.optimizer.build(model.trainable_variables)
    folder = os.environ.get("COURSE_CHECKPOINTS")
    is_dataset = isinstance(x, keras.utils.PyDataset)
    if not folder or not is_dataset and data.get("shuffle", True):
        return model.fit(x=x, epochs=epochs, callbacks=list(callbacks), verbose=0, **data).history
    first = x[0] if is_dataset else keras.tree.map_structure(lambda a: a[:64], x)
    checkpoint = _Checkpoint(Path(folder) / f"{_digest(model, epochs, len(x), first)}.npz")
    done = checkpoint.restore(model)
    if is_dataset:
        for _ in range(done):
            x.on_epoch_end()        # a dataset that shuffles itself has got so far
    model.fit(x=x, epochs=epochs, initial_epoch=done, verbose=0,
              callbacks=[*callbacks, checkpoint], **data)
    return {key: [logs[key] for logs in checkpoint.logs] for key in checkpoint.logs[0]}
