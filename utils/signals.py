"""Series that are no text, made from a seed: prices, and spoken vowels with their spectrograms.

Both come with their truth: the best forecast of a price is known, and so is the vowel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

RATE = 8000                     # samples per second of the synthesised speech
FRAME, HOP = 200, 80            # samples: a spectrum of 25 ms every 10 ms

# Formants F1, F2, F3 in hertz: means over the men of Peterson and Barney (1952), table II.
FORMANTS: Mapping[str, tuple[int, int, int]] = MappingProxyType({
    "i": (270, 2290, 3010), "e": (530, 1840, 2480), "a": (730, 1090, 2440),
    "o": (570, 840, 2410), "u": (300, 870, 2240),
})
BANDWIDTHS = np.array([60.0, 90.0, 150.0])      # hertz, as in Klatt (1980)


def prices(n_days: int, rng: np.random.Generator, *, momentum: float = 0.05,
           volatility: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """A price on each of `n_days` + 1 days, from 100, and the best forecast of each day's return.

    The return r_t = ln(p_t / p_{t-1}) is momentum * r_{t-1} + s_t e_t with standard normal e_t. The
    variance s_t^2 follows yesterday's shock as in GARCH(1, 1) (Bollerslev 1986), so that calm and
    wild days come in groups; its mean is `volatility`^2. As on a market, the size of a change can
    be forecast far better than its direction. Returns prices (n_days + 1,) and momentum * r_{t-1}
    (n_days,), which no forecast from the past beats in mean squared error. `momentum` 0 is a
    random walk: then the best forecast is "same as today".
    """
    if n_days < 1:
        raise ValueError(f"n_days is {n_days}; a series needs at least 1 day")
    if not -1 < momentum < 1:
        raise ValueError(f"momentum is {momentum}; between -1 and 1 the series stays in bounds")
    reaction, memory = 0.08, 0.90                # their sum below 1: the variance has a mean
    mean = volatility ** 2
    best, returns = np.zeros(n_days), np.zeros(n_days)
    variance, shock, last = mean, 0.0, 0.0
    for t, e in enumerate(rng.standard_normal(n_days)):
        best[t] = momentum * last
        shock = np.sqrt(variance) * e
        last = returns[t] = best[t] + shock
        variance = (1 - reaction - memory) * mean + reaction * shock ** 2 + memory * variance
    return 100 * np.exp(np.concatenate([[0.0], np.cumsum(returns)])), best


def vowel(name: str, rng: np.random.Generator, *, pitch: float = 120.0, tract: float = 1.0,
          seconds: float = 0.25, noise: float = 0.005) -> np.ndarray:
    """A spoken vowel as a wave, float32, (samples,), with a largest amplitude of about 1.

    `name` is one of FORMANTS, or several, as in "ai": then the formants glide from one to the
    next. The harmonics of the voice fall by 12 dB per octave, of which the lips give 6 back, and
    pass three resonators (the source and filter of Fant 1960, the cascade of Klatt 1980). `pitch`
    in hertz is that of the beginning and falls by a tenth. `tract` divides all formants: a longer
    vocal tract, above 1, has lower ones. `noise` is the amplitude of breath and room.
    """
    unknown = [v for v in name if v not in FORMANTS]
    if unknown or not name:
        raise ValueError(f"{name!r} is not made of the vowels {', '.join(FORMANTS)}")
    n = round(seconds * RATE)
    if n < FRAME:
        raise ValueError(f"{seconds} s are {n} samples; one spectrum needs {FRAME}")
    time = np.linspace(0, 1, n)
    phase = 2 * np.pi * np.cumsum(pitch * (1 - 0.1 * time)) / RATE              # (n,)
    k = np.arange(1, int(RATE / 2 / pitch) + 1)[:, None]                        # harmonics, (K, 1)
    # the mouth moves slowly: gains are computed at few points in time, with straight lines between
    points = np.linspace(0, 1, n // 20)
    corners = np.array([FORMANTS[v] for v in name]) / tract                     # (vowels, 3)
    where = np.clip((points - 0.2) / 0.6, 0, 1) * (len(name) - 1)     # it rests at both ends
    formants = np.stack([np.interp(where, range(len(name)), f) for f in corners.T])
    gains = k ** -1.0 * _resonance(k * pitch * (1 - 0.1 * points), formants)    # (K, points)
    amplitude = np.stack([np.interp(time, points, gain) for gain in gains])     # (K, n)
    wave = (amplitude * np.sin(k * phase)).sum(axis=0)
    wave = wave / np.abs(wave).max() * np.minimum(1, 10 * np.minimum(time, 1 - time))
    return (wave + noise * rng.standard_normal(n)).astype("float32")


def _resonance(f: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """Gain of the resonators in a row at the frequencies f (K, n); formants (3, n) in hertz."""
    gain = np.ones_like(f)
    for formant, bandwidth in zip(formants, BANDWIDTHS):
        gain *= formant ** 2 / np.hypot(formant ** 2 - f ** 2, bandwidth * f)
    return gain


def spectrogram(wave: np.ndarray, bands: int = 20) -> np.ndarray:
    """Log power in `bands` frequency bands every 10 ms: wave (samples,) -> float32 (frames, bands).

    A frame is 25 ms under a Hann window. The bands overlap as triangles, equally wide on the mel
    scale (Davis and Mermelstein 1980), as in hearing. Values in decibels; the loudest is 0, and
    nothing is below -60.
    """
    wave = np.asarray(wave, dtype="float64")
    if wave.ndim != 1 or len(wave) < FRAME:
        raise ValueError(f"wave has shape {wave.shape}; expected one dimension of at least "
                         f"{FRAME} samples")
    frames = np.lib.stride_tricks.sliding_window_view(wave, FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, n=512)) ** 2                             # (frames, 257)
    decibel = 10 * np.log10(power @ _triangles(bands).T + 1e-12)
    return np.maximum(decibel - decibel.max(), -60).astype("float32")


def _triangles(bands: int) -> np.ndarray:
    """Weights (bands, 257) of the frequencies 0 to RATE / 2 in each band."""
    highest = 2595 * np.log10(1 + RATE / 2 / 700)                               # in mel
    edges = 700 * (10 ** (np.linspace(0, highest, bands + 2) / 2595) - 1)       # in hertz
    f = np.linspace(0, RATE / 2, 257)
    low, middle, high = (edges[i:i + bands, None] for i in range(3))
    return np.maximum(0, np.minimum((f - low) / (middle - low), (high - f) / (high - middle)))


def spoken_vowels(n: int, names: Sequence[str], rng: np.random.Generator,
                  bands: int = 20) -> tuple[list[np.ndarray], np.ndarray]:
    """`n` spectrograms, list of (frames, bands), and which of `names` each is, ids (n,).

    Each is said by a voice of its own: pitch 90 to 280 Hz, higher voices with shorter vocal tracts
    (down to 3/4), at its own speed, 0.12 to 0.4 s, and with more or less noise.
    """
    labels = rng.integers(len(names), size=n)
    spectrograms = []
    for label in labels:
        height = rng.random()                                # 0: a low voice, 1: a high one
        wave = vowel(names[label], rng, pitch=90 + 170 * height + rng.uniform(0, 20),
                     tract=1.03 - 0.25 * height + rng.normal(0, 0.03),
                     seconds=rng.uniform(0.12, 0.4), noise=10 ** rng.uniform(-2.5, -1))
        spectrograms.append(spectrogram(wave, bands))
    return spectrograms, labels
