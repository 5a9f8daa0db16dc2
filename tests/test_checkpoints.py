import random

import keras
import numpy as np
import pytest

from utils.batches import PairBatches
from utils.models import recurrent_lm
from utils.seq2seq import encoder_decoder
from utils.training import train_recurrent_lm, train_seq2seq

EPOCHS = 3
stream = np.random.default_rng(0).integers(0, 9, 400).astype("int32")


def language_model(shuffle_seed):
    keras.utils.set_random_seed(7)
    model = recurrent_lm("lstm", 9, embedding=6, units=8, batch_size=4, dropout=0.3)
    history = train_recurrent_lm(model, stream, stream[:50], eos=0, epochs=EPOCHS, steps=10,
                                 shuffle_seed=shuffle_seed)
    return history, model, random.random()


def translator(learning_rate=3e-3, dropout=0.2):
    keras.utils.set_random_seed(7)
    rows = [stream[k:k + 1 + k % 5] + 1 for k in range(60)]
    batches = PairBatches(rows, rows, 8)        # shuffled by Keras, that is by Python's generator
    network = encoder_decoder(10, 10, embedding=4, units=6, attention="luong",
                              dropout=dropout)
    history = train_seq2seq(network.model, batches, batches, epochs=EPOCHS,
                            learning_rate=learning_rate)
    return history, network.model, random.random()


TRAININGS = {"text": lambda: language_model(None), "shuffled lines": lambda: language_model(3),
             "pairs": translator}


class Killed(Exception):
    pass


@pytest.mark.parametrize("train", TRAININGS.values(), ids=TRAININGS)
def test_a_killed_training_goes_on_with_the_same_curve(train, tmp_path, monkeypatch):
    whole, model, drawn = train()
    monkeypatch.setenv("COURSE_CHECKPOINTS", str(tmp_path))
    begin = keras.callbacks.CallbackList.on_epoch_begin

    def killed(self, epoch, logs=None):
        if epoch == 2:
            raise Killed
        begin(self, epoch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(keras.callbacks.CallbackList, "on_epoch_begin", killed)
        with pytest.raises(Killed):
            train()
    resumed, again, drawn_again = train()
    assert resumed.equals(whole) and drawn == drawn_again
    for ours, theirs in zip(again.trainable_variables, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_finished_training_is_not_repeated(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CHECKPOINTS", str(tmp_path))
    first, _, drawn = translator()
    monkeypatch.setattr(keras.Model, "train_step", None)
    second, _, again = translator()
    assert second.equals(first) and drawn == again
    assert len(list(tmp_path.glob("*.npz"))) == 1
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_CHECKPOINTS", str(tmp_path))
    for n, other in enumerate(({"learning_rate": 1e-2}, {"dropout": 0.5}), start=2):
        found, _, _ = translator(**other)                    # another training, another file
        assert len(list(tmp_path.glob("*.npz"))) == n and not found.equals(first)
