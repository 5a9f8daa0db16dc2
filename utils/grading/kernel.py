"""One student's kernel: run cells in it, whatever it does."""

from __future__ import annotations

import base64
import contextlib
import queue
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zmq

from utils.grading.peer import MESSAGE, Gone, Peer
from utils.grading.sandbox import Limits, SandboxKernelManager

PATIENCE = 5.0  # seconds for an interrupted kernel to answer
START = 120.0  # seconds for a kernel to start on a busy machine
PICTURE = 2_000_000  # characters of a picture
NOTEBOOK = 30_000_000  # characters of all outputs of a notebook, pictures included

# `exit()` would end the kernel a moment later, under another cell
SET_UP = "get_ipython().ask_exit = lambda: None"

Output = dict[str, Any]


class Died(Exception):
    """The kernel is gone; the message says why in words for the student."""


class StudentKernel:
    """A kernel in the sandbox. Outside of it nothing depends on what it says of itself."""

    def __init__(self, part: str, files: list[Path], limits: Limits, unsafe: bool) -> None:
        self._limits = limits
        self._room = NOTEBOOK
        self._manager = SandboxKernelManager(part, files, limits, unsafe)
        # For all sockets to it: what is larger is not received, else a message could fill the
        # grader's memory; and a kernel that no longer listens does not block the grader.
        self._manager.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        self._manager.context.setsockopt(zmq.SNDTIMEO, int(1000 * PATIENCE))
        self._manager.start()
        self._client = self._manager.client()
        self._client.start_channels()
        try:
            self._client.wait_for_ready(timeout=START)
            self._execute(SET_UP, silent=True)
        except (RuntimeError, Died) as error:
            reason = self._manager.ended_by or "its kernel did not start"
            self.stop()
            raise Died(reason) from error

    def stop(self) -> None:
        """End it and all that it started."""
        self._client.stop_channels()
        self._manager.stop()

    def run(self, source: str, seconds: float) -> tuple[list[Output], bool]:
        """Run a cell; return its outputs, cut to size, and whether it ran to its end in time.

        Raises:
            Died: the kernel died, or could not be interrupted.
        """
        outputs = _Outputs(min(self._limits.output, self._room), self._room)
        asked = self._execute(source)
        in_time = self._wait(asked, seconds, outputs)
        self._room = outputs.room
        if in_time:
            return outputs.kept, True
        self._interrupt(asked)
        error = f"this cell was stopped after {seconds:.0f} seconds"
        outputs.kept.append(error_output("Timeout", error))
        return outputs.kept, False

    @contextlib.contextmanager
    def connected(self) -> Iterator[Peer]:
        """Open a connection to the notebook's namespace for the time of a test.

        Raises:
            Gone: the kernel does not answer.
            Died: afterwards, if it can't be brought back to idle.
        """
        address = str(self._manager.folder / f"t{time.monotonic_ns()}")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(address)
            listening.listen(1)
            listening.settimeout(PATIENCE * 2)
            agent = "__import__('utils.grading.peer', fromlist=['serve'])"
            asked = self._execute(f"{agent}.serve(globals(), {address!r})", silent=True)
            try:
                connection, _ = listening.accept()
            except OSError as error:
                self._interrupt(asked)
                raise Gone("the kernel does not answer") from error
        patience = 0.5  # after a test that was stopped the answer is likely still at work
        try:
            with connection:
                connection.settimeout(None)
                yield Peer(connection)
            patience = PATIENCE
        finally:
            if not self._wait(asked, patience, _Outputs()):
                self._interrupt(asked)

    def _execute(self, source: str, silent: bool = False) -> str:
        try:
            return self._client.execute(source, silent=silent, allow_stdin=False)
        except zmq.ZMQError as error:
            raise Died("its kernel does not listen") from error

    def _interrupt(self, asked: str) -> None:
        with contextlib.suppress(RuntimeError, zmq.ZMQError):
            self._manager.interrupt_kernel()
        if not self._wait(asked, PATIENCE, _Outputs()):
            raise Died("it could not be stopped")
        # where the cell had just ended, the interrupt meets the next one: let that be this one
        fence = self._execute("__import__('time').sleep(1)", silent=True)
        self._wait(fence, PATIENCE, _Outputs())

    def _wait(self, asked: str, seconds: float, outputs: _Outputs) -> bool:
        """Collect messages until the kernel is idle again; False if that takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                message = self._client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                if not self._manager.is_alive():
                    raise Died(self._manager.ended_by or "its kernel died") from None
                continue
            except Exception:  # a forged message: wrong signature, not JSON, ...
                continue
            with contextlib.suppress(Exception):  # nothing in a message is sure to be there
                if message["parent_header"].get("msg_id") != asked:
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "status" and content["execution_state"] == "idle":
                    return True
                outputs.add(kind, content)
        return False


def error_output(name: str, text: str) -> Output:
    """An error as a cell's output."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


class _Outputs:
    """The outputs of a cell, up to a number of characters of text; with pictures, of ``room``."""

    def __init__(self, characters: int = 0, room: int = 0) -> None:
        self.kept: list[Output] = []
        self.room = room
        self._left = characters

    def add(self, kind: str, content: dict) -> None:
        """Add an output message of the kernel; other messages are ignored."""
        if self._left <= 0:
            return
        if kind == "stream":
            name, text = str(content["name"])[:20], self._cut(str(content["text"]))
            last = self.kept[-1] if self.kept else {}
            if last.get("name") == name:
                last["text"] += text
            else:
                self.kept.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "error":
            name, text = str(content["ename"])[:200], self._cut(str(content["evalue"]))
            trace = self._cut("\n".join(map(str, content["traceback"])))
            self.kept.append(error_output(name, text) | {"traceback": [trace]})
        elif kind in ("execute_result", "display_data"):
            data, text = {}, content["data"].get("text/plain")
            if type(text) is str:
                data["text/plain"] = self._cut(text)
            picture = _png(content["data"].get("image/png"))
            if picture and len(picture) <= self.room:
                data["image/png"] = picture
                self.room -= len(picture)
            self._left -= 20  # so that there can't be any number of empty ones
            self.kept.append({"output_type": "display_data", "data": data, "metadata": {}})

    def _cut(self, text: str) -> str:
        kept = text[: max(0, min(self._left, self.room))]
        self._left -= len(text)
        self.room -= len(kept)
        if kept == text:
            return text
        return kept + "\n... cut: more output than is kept ..."


def _png(text: Any) -> str | None:
    """A picture, encoded anew: a page puts this text between quotes."""
    if type(text) is not str or len(text) > PICTURE:
        return None
    data = base64.b64decode(text)
    return base64.b64encode(data).decode() if data.startswith(b"\x89PNG\r\n") else None
