"""Where student code runs: a Jupyter kernel inside bubblewrap.

It sees the operating system's programs, this Python, `utils/` and `data/`, all read-only, and the
data files that came with the submission. It sees no network, no home folder, no solutions, no
gradebook, no other submission and no environment variable of the instructor. What it writes lives
in memory and is gone with it. The grader talks to it through sockets in one shared folder.

Limits that the operating system sets hold for one process each, and user root is exempt from some.
So a guard outside counts what all processes of the sandbox hold together, and ends them all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from utils.grading.seccomp import filter_file

ROOT = Path(__file__).resolve().parents[2]
COURSE = "/course"  # what the sandbox calls ROOT
GUARD_INTERVAL = 0.1  # seconds
FOLDER_BYTES, FOLDER_FILES = 16 << 20, 32  # of the folder with the sockets
ENVIRONMENT = {
    "COURSE_PROFILE": "mini",
    "COURSE_PROGRESS": "off",
    "CUDA_VISIBLE_DEVICES": "-1",
    "HOME": "/tmp/home",
    "LANG": "C.UTF-8",
    "LOGNAME": "student",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "USER": "student",
}


class NoSandbox(RuntimeError):
    """Bubblewrap can't run here."""


@dataclass(frozen=True)
class Limits:
    """What one submitted notebook may use."""

    memory: int = 6 << 30  # bytes, all its processes together
    processes: int = 24  # more would take the processors from other submissions
    threads: int = 512  # of all its processes
    cpu: int = 1800  # seconds, of each process
    disk: int = 256 << 20  # bytes, each of its three folders (kept in memory)
    output: int = 100_000  # characters, of each cell
    cell: float = 300  # seconds
    test: float = 120  # seconds, of each exercise's checks
    notebook: float = 1200  # seconds, all cells and checks together


@lru_cache
def check_sandbox() -> None:
    """Start an empty sandbox.

    Raises:
        NoSandbox: with the reason and what to do.
    """
    if shutil.which("bwrap") is None:
        raise NoSandbox(
            "bubblewrap is not installed, so student code can't be kept away from this machine. "
            "On Linux: apt install bubblewrap (or dnf, pacman). On macOS and Windows: grade in a "
            "Linux virtual machine."
        )
    with tempfile.TemporaryDirectory() as folder, filter_file() as calls:
        command = bubblewrap(["true"], Path(folder), "demo", [], Limits(), calls)
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, pass_fds=_given(calls)
        )
    if done.returncode:
        raise NoSandbox(
            f"bubblewrap does not work here ({done.stderr.strip()}). Unprivileged user namespaces "
            "must be allowed (inside a container: run it with --security-opt seccomp=unconfined, "
            "or grade outside of it)."
        )


@lru_cache
def _has_option(option: str) -> bool:
    said = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)
    return option in said.stdout


def _given(calls: int | None) -> tuple[int, ...]:
    return () if calls is None else (calls,)


def bubblewrap(
    command: list[str], folder: Path, part: str, files: list[Path], limits: Limits,
    calls: int | None,
) -> list[str]:
    """Return the command line that runs ``command`` in the sandbox.

    ``folder`` is shared with it, ``files`` lie read-only in its working folder; ``calls`` is the
    descriptor of the filter of system calls.
    """
    # behind the grader in the queue for the processor, so that the guard can act
    args = ["nice", "-n", "10", "bwrap", "--unshare-all", "--unshare-user"]
    args += ["--uid", "65534", "--gid", "65534"]
    if _has_option("--disable-userns"):  # bubblewrap 0.8
        args += ["--disable-userns"]
    if calls is not None:
        args += ["--seccomp", str(calls)]
    args += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    args += ["--clearenv", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            args += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            args += ["--ro-bind", str(path), str(path)]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts"):
        args += ["--ro-bind-try", path, path]
    work, size = f"{COURSE}/lectures/{part}", ["--size", str(limits.disk)]
    args += ["--proc", "/proc", "--dev", "/dev", *size, "--tmpfs", "/dev/shm"]
    args += ["--dev-bind", "/dev/null", "/dev/zero"]  # mapped, it is memory that nobody counts
    args += [*size, "--tmpfs", "/tmp", "--dir", "/tmp/home"]
    for path in sorted({sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix)}):
        if not path.startswith("/usr/"):
            args += ["--ro-bind", path, path]
    for name in ("utils", "data"):
        args += ["--ro-bind", str(ROOT / name), f"{COURSE}/{name}"]
    args += [*size, "--tmpfs", work]
    for file in files:
        args += ["--ro-bind", str(file), f"{work}/{file.name}"]
    args += ["--bind", str(folder), str(folder), "--remount-ro", "/dev", "--remount-ro", "/"]
    environment = ENVIRONMENT | {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "PYTHONPATH": COURSE,
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }
    for name, value in environment.items():
        args += ["--setenv", name, value]
    return [*args, "--chdir", work, "--", *_limited(limits), *command]


def _limited(limits: Limits) -> list[str]:
    """`prlimit` with what the operating system can limit for each process.

    Address space is more than what is used: TensorFlow reserves several GB that it never touches.
    """
    if shutil.which("prlimit") is None:  # macOS
        return []
    return [
        "prlimit", f"--as={limits.memory + (6 << 30)}", f"--nproc={limits.threads}",
        f"--cpu={limits.cpu}", f"--fsize={limits.disk}", "--nofile=1024", "--core=0", "--",
    ]


class SandboxKernelManager(KernelManager):
    """Starts one kernel, with its sockets in a folder of its own.

    Args:
        part: the assignment, which names the working folder.
        files: data files of the submission, to be found there.
        unsafe: start it outside of the sandbox, with all rights of the instructor.
    """

    def __init__(self, part: str, files: list[Path], limits: Limits, unsafe: bool = False) -> None:
        super().__init__()
        # nobody else can read it; TMPDIR has to be short: a socket's path has 107 characters
        self.folder = Path(tempfile.mkdtemp(prefix="k-"))
        self.transport = "ipc"
        self.connection_file = str(self.folder / "k.json")
        # SIGINT would reach bubblewrap, and not the kernel in it
        self._kernel_spec = KernelSpec(argv=[], language="python", interrupt_mode="message")
        self._place = (part, files, limits, unsafe)
        self._calls: int | None = None
        self.ended_by: str | None = None

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        part, files, limits, unsafe = self._place
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file]
        command += ["--HistoryManager.enabled=False"]
        if unsafe:
            return [*_limited(limits), *command]
        return bubblewrap(command, self.folder, part, files, limits, self._calls)

    def start(self) -> None:
        """Start the kernel and its guard. Nothing that it prints reaches the grader's own files."""
        _, files, limits, unsafe = self._place
        self._work = Path(tempfile.mkdtemp(prefix="work-")) if unsafe else None
        for file in files if unsafe else ():
            shutil.copy(file, self._work)
        with filter_file() as self._calls:
            self.start_kernel(
                cwd=str(self._work or self.folder), pass_fds=_given(self._calls),
                env={**ENVIRONMENT, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        self._guarded = threading.Event()
        pid = self.provisioner.pid
        threading.Thread(target=self._guard, args=(pid, limits), daemon=True).start()

    def stop(self) -> None:
        """End all that runs in the sandbox and remove its folder."""
        self._guarded.set()
        process = self.provisioner.process
        process.kill()  # shutdown_kernel would ask first, and wait for a kernel that is dead
        process.wait()
        self.cleanup_resources()
        for folder in filter(None, (self.folder, self._work)):
            # Python's own rmtree can be made to fail, with folders a thousand levels deep
            subprocess.run(["rm", "-rf", "--", str(folder)], check=False)

    def _guard(self, pid: int, limits: Limits) -> None:
        while not self._guarded.wait(GUARD_INTERVAL):
            with contextlib.suppress(psutil.Error, OSError):
                outer = psutil.Process(pid)
                if reason := _excess([outer, *outer.children(recursive=True)], limits):
                    self.ended_by = reason
                elif reason := _crammed(self.folder):
                    self.ended_by = reason
                if reason:
                    outer.kill()  # bubblewrap takes all processes of the sandbox with it
                    return


def _excess(processes: list[psutil.Process], limits: Limits) -> str | None:
    """Say in words which limit the processes exceed together."""
    memory = threads = 0
    if len(processes) > limits.processes:
        return f"it started more than {limits.processes} processes"
    for process in processes:
        with contextlib.suppress(psutil.Error):
            memory += process.memory_info().rss
            threads += process.num_threads()
    if threads > limits.threads:
        return f"it started more than {limits.threads} threads"
    if memory > limits.memory and _proportional(processes) > limits.memory:
        return f"it used more than {limits.memory / 2**30:.3g} GB of memory"
    return None


def _proportional(processes: list[psutil.Process]) -> int:
    """Memory with pages that are shared counted once; slow, so asked only near the limit."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error, AttributeError):
            total += process.memory_full_info().pss
    return total


def _crammed(folder: Path) -> str | None:
    """Say whether the shared folder, which lies on the host's disk, holds more than sockets."""
    entries = list(os.scandir(folder))
    size = sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    folders = any(entry.is_dir(follow_symlinks=False) for entry in entries)
    if folders or len(entries) > FOLDER_FILES or size > FOLDER_BYTES:
        return "it filled the folder of the kernel's sockets"
    return None
