"""Files are written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path | str, text: str) -> None:
    """Write UTF-8 text with LF line ends: the whole file appears at once, or nothing changes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        os.chmod(scratch, 0o644)  # a temporary file is private
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
