"""Start of every notebook: a quiet TensorFlow, one seed, one row of the profile table."""

import ast
import contextlib
import ctypes
import logging
import os
import sys
import tempfile
import time
from types import SimpleNamespace

from tqdm import tqdm

PROFILES = ("mini", "class", "full")
_started = time.perf_counter()
_seed: int | None = None


@contextlib.contextmanager
def _held_stderr():
    """Hold back what C++ code writes to file descriptor 2; show it only if the block fails.

    TensorFlow logs several lines while it is imported, before it reads `TF_CPP_MIN_LOG_LEVEL`.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def keep_memory() -> None:
    """Let the C library keep large blocks of memory that are free (Linux with glibc only).

    By default it hands them back to the system at once and maps new ones, page by page, for the
    next batch, which takes a third of the time of a language model with 10,000 types.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(-4, 0)          # M_MMAP_MAX: no block is mapped by itself
        mallopt(-1, -1)         # M_TRIM_THRESHOLD: nothing is handed back


def start(seed: int = 1, small: bool = False) -> None:
    """Import the deep-learning backend without its log lines, seed everything, say what runs.

    Call it before the first `import keras`. Python's, NumPy's and the backend's generators are
    seeded; on a CPU the operations are made deterministic too, so that the same notebook gives
    the same figures again on the same machine. The environment variable COURSE_SEED overrides
    `seed`: that is how one notebook is recorded for several seeds.

    oneDNN, which TensorFlow uses by default on some processors only, is off in `mini`, so that the
    stored outputs are those of as many machines as possible, and on in longer runs, which it
    makes faster; TF_ENABLE_ONEDNN_OPTS overrides that. `small` is for networks whose steps are too
    small to be shared between cores, as a tagger's: each operation has one thread, and two
    operations run side by side.
    """
    global _seed
    seed = int(os.environ.get("COURSE_SEED", seed))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0" if profile_name() == "mini" else "1")
    if small:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    keep_memory()
    with _held_stderr():
        import keras

        found = device()
        # it would warn of each further graph, and a lecture trains many networks
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        if keras.backend.backend() == "tensorflow" and found == "CPU":
            import tensorflow as tf

            tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    _seed = seed
    print(f"profile {profile_name()} · seed {seed} · Keras {keras.__version__} "
          f"on {keras.backend.backend()}, {found}")


def device() -> str:
    """`GPU` if the backend sees one, else `CPU`."""
    import keras

    return "GPU" if any("gpu" in d.lower() for d in keras.distribution.list_devices()) else "CPU"


def current_seed() -> int | None:
    """The seed given to `start`, or None before it was called."""
    return _seed


def seconds() -> float:
    """Wall-clock seconds since this module was imported, that is since the notebook started."""
    return time.perf_counter() - _started


def profile_name() -> str:
    """`mini`, `class` or `full`, from the environment variable COURSE_PROFILE (default `mini`)."""
    name = os.environ.get("COURSE_PROFILE", "mini")
    if name not in PROFILES:
        raise ValueError(f"COURSE_PROFILE is {name!r}; it must be one of {', '.join(PROFILES)}")
    return name


def changes() -> dict[str, object]:
    """What COURSE_SET changes in the row of the profile: `COURSE_SET="corpus=everyday units=64"`.

    Values are numbers, strings or tuples as Python writes them, without blanks; anything else is
    a name.
    """
    changed = {}
    for part in os.environ.get("COURSE_SET", "").split():
        key, equals, value = part.partition("=")
        if not (key and equals and value):
            raise ValueError(f"COURSE_SET has {part!r}; write name=value, with blanks between the "
                             "pairs and none inside")
        try:
            changed[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            changed[key] = value
    return changed


def run_name() -> str:
    """The profile with its changes, as recorded: `full`, or `full corpus=everyday`."""
    return " ".join([profile_name(), *(f"{k}={v}" for k, v in sorted(changes().items()))])


def profile(table: dict[str, dict]) -> SimpleNamespace:
    """Pick the row of `table` that COURSE_PROFILE names, show it in one line, return it.

    `table` has one row for each of `mini`, `class` and `full`, all with the same keys: names of
    corpora, sizes, epochs. The code below the table reads `P.corpus`, `P.units`, and so on, and
    never asks which profile it is. COURSE_SET replaces single entries of the row.
    """
    if set(table) != set(PROFILES):
        raise ValueError(f"the profile table needs the rows {PROFILES}, it has {tuple(table)}")
    keys = {name: set(row) for name, row in table.items()}
    if len({frozenset(k) for k in keys.values()}) > 1:
        raise ValueError(f"the rows of the profile table differ in their keys: {keys}")
    if unknown := set(changes()) - set(table["mini"]):
        raise ValueError(f"COURSE_SET changes {', '.join(sorted(unknown))}; this notebook's row "
                         f"has {', '.join(table['mini'])}")
    row = table[profile_name()] | changes()
    print(f"{profile_name()}: " + ", ".join(f"{k} {v}" for k, v in row.items()))
    return SimpleNamespace(**row)


def progress(iterable=None, **kwargs) -> tqdm:
    """A tqdm bar that a person sees while it runs and that leaves nothing behind.

    COURSE_PROGRESS=off silences it; the runs whose outputs are stored are made that way.
    """
    off = os.environ.get("COURSE_PROGRESS") == "off"
    return tqdm(iterable, leave=False, file=sys.stdout, disable=off, **kwargs)
