"""Files are written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path | str, content: str | bytes) -> None:
    """Write bytes, or UTF-8 text with LF line ends: all of the file appears at once, or nothing."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
        os.chmod(scratch, 0o644)  # a temporary file is private
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
