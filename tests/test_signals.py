"""Prices and vowels: their laws, their truth, and what they refuse."""

import numpy as np
import pytest

from utils.signals import FORMANTS, RATE, prices, spectrogram, spoken_vowels, vowel


def rng(seed=1):
    return np.random.default_rng(seed)


def returns_of(price):
    return np.diff(np.log(price))


def test_prices_begin_at_100_and_come_again_with_the_seed():
    price, best = prices(50, rng())
    assert price.shape == (51,) and best.shape == (50,)
    assert price[0] == 100 and (price > 0).all()
    assert (prices(50, rng())[0] == price).all()
    assert not np.allclose(prices(50, rng(2))[0], price)


@pytest.mark.parametrize("momentum", [0.0, 0.05, -0.6])
def test_the_best_forecast_is_momentum_times_the_last_return(momentum):
    price, best = prices(300, rng(), momentum=momentum)
    assert best[0] == 0
    assert np.allclose(best[1:], momentum * returns_of(price)[:-1])


def test_nothing_in_the_past_predicts_what_the_best_forecast_leaves():
    price, best = prices(100_000, rng(), momentum=0.5)
    returns = returns_of(price)
    left = returns - best
    for lag in (1, 2, 5):
        # 100,000 days: a correlation by chance has a standard deviation of about 0.003, somewhat
        # more with wild and calm days
        assert abs(np.corrcoef(left[lag:], returns[:-lag])[0, 1]) < 0.02
    assert np.mean(left ** 2) / np.mean(returns ** 2) == pytest.approx(1 - 0.5 ** 2, abs=0.02)


def test_wild_days_come_in_groups_and_the_mean_volatility_is_as_asked():
    price, best = prices(100_000, rng(), momentum=0.0, volatility=0.02)
    size = np.abs(returns_of(price))
    assert np.std(returns_of(price)) == pytest.approx(0.02, rel=0.1)
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.05
    assert (best == 0).all()


@pytest.mark.parametrize("arguments", [dict(n_days=0), dict(n_days=5, momentum=1.0)])
def test_prices_refuse(arguments):
    with pytest.raises(ValueError, match="needs at least|stays in bounds"):
        prices(rng=rng(), **arguments)


def spectrum(wave):
    """Frequencies and amplitudes of the middle of a wave."""
    part = wave[len(wave) // 4: 3 * len(wave) // 4].astype("float64")
    return np.fft.rfftfreq(len(part), 1 / RATE), np.abs(np.fft.rfft(part * np.hanning(len(part))))


@pytest.mark.parametrize("name", FORMANTS)
def test_a_vowel_has_its_first_formant_and_its_pitch(name):
    pitch = 100
    wave = vowel(name, rng(), pitch=pitch, seconds=0.5, noise=0)
    assert wave.dtype == "float32" and wave.shape == (RATE // 2,)
    assert 0.9 < np.abs(wave).max() <= 1
    f, amplitude = spectrum(wave)
    loud = amplitude * np.maximum(f, 1)                 # without the fall of the source
    low = (f > 150) & (f < 1.3 * FORMANTS[name][0])
    # the loudest harmonic is a neighbour of the formant: at most one pitch away
    assert abs(f[low][loud[low].argmax()] - FORMANTS[name][0]) < pitch
    # neighbouring peaks are one pitch apart: the wave repeats after 1 / pitch
    part = wave[1000:3000]
    lags = np.arange(60, 120)
    best = lags[np.argmax([np.dot(part[:-120], part[lag:lag - 120 or None][:len(part) - 120])
                           for lag in lags])]
    assert RATE / best == pytest.approx(0.95 * pitch, rel=0.05)     # it falls by a tenth


def test_a_longer_tract_has_lower_formants_and_the_pitch_does_not_move_them():
    def centre(**voice):
        f, amplitude = spectrum(vowel("a", rng(), noise=0, seconds=0.5, **voice))
        loud = (amplitude * np.maximum(f, 1)) ** 2
        return (f * loud).sum() / loud.sum()

    assert centre(tract=1.25) < 0.9 * centre(tract=1.0)
    assert centre(pitch=90) == pytest.approx(centre(pitch=110), rel=0.1)


def test_a_glide_begins_as_its_first_vowel_and_ends_as_its_second():
    voice = dict(pitch=120, seconds=0.4, noise=0)
    i, a, glide, back = (spectrogram(vowel(name, rng(), **voice))
                         for name in ("i", "a", "ia", "ai"))

    def off(x, y):
        return np.abs(x - y).mean()

    assert off(glide[4], i[4]) < 0.3 * off(glide[4], a[4])
    assert off(glide[-5], a[-5]) < 0.3 * off(glide[-5], i[-5])
    # turned round, a glide is nearly the other one: only the order of its frames tells them apart
    assert off(glide.mean(axis=0), back.mean(axis=0)) < 0.2 * off(i.mean(axis=0), a.mean(axis=0))


@pytest.mark.parametrize("name", ["", "x", "aé"])
def test_unknown_vowels_are_refused(name):
    with pytest.raises(ValueError, match="is not made of the vowels i, e, a, o, u"):
        vowel(name, rng())


def test_a_vowel_shorter_than_a_frame_is_refused():
    with pytest.raises(ValueError, match="one spectrum needs 200"):
        vowel("a", rng(), seconds=0.01)


def test_a_spectrogram_shows_a_tone_in_its_band():
    time = np.arange(RATE) / RATE
    bands = [spectrogram(np.sin(2 * np.pi * f * time), bands=30).mean(axis=0).argmax()
             for f in (200, 500, 1000, 2000, 3500)]
    assert bands == sorted(set(bands))                  # higher tones lie in higher bands
    assert spectrogram(np.sin(time), bands=12).shape == (1 + (RATE - 200) // 80, 12)


def test_a_spectrogram_is_in_decibels_below_its_loudest():
    wave = vowel("a", rng())
    x = spectrogram(wave)
    assert x.dtype == "float32" and x.max() == 0 and x.min() >= -60
    assert np.allclose(spectrogram(10 * wave), x, atol=1e-3)    # loudness changes nothing
    with pytest.raises(ValueError, match=r"shape \(100,\)"):
        spectrogram(wave[:100])
    with pytest.raises(ValueError, match="one dimension"):
        spectrogram(wave[None])


def test_spoken_vowels_are_labelled_and_of_many_lengths():
    names = ["i", "a", "ai", "ia"]
    xs, labels = spoken_vowels(80, names, rng(), bands=16)
    assert len(xs) == len(labels) == 80 and set(labels) == {0, 1, 2, 3}
    assert all(x.shape[1] == 16 for x in xs) and len({len(x) for x in xs}) > 5
    again, _ = spoken_vowels(80, names, rng(), bands=16)
    assert all((x == y).all() for x, y in zip(xs, again))
    # the label is right: an i, unlike an a, is loud in the highest third and quiet in the middle
    means = [np.mean([x[len(x) // 2] for x, l in zip(xs, labels) if l == k], axis=0)
             for k in (0, 1)]
    assert means[0][12:].mean() - means[0][6:9].mean() > means[1][12:].mean() - means[1][6:9].mean()
