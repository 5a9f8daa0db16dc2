"""A filter of system calls for the sandbox: no memory that nobody holds, no namespaces.

The sandbox's guard counts the memory that processes hold. Linux has memory that outlives or evades
this count: files without a name, shared memory of System V, shared mappings whose pages are in no
process's table any more. Student code gets "not permitted" for the calls that make them, so that
what it can use without being counted lies in the sandbox's folders, which are limited in size.
New namespaces are refused too: in one of its own, a program may mount a folder without a limit
(bubblewrap forbids that itself only from version 0.8 on).

The format is the classic BPF of seccomp(2).
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import struct
from collections.abc import Iterator

# by architecture: its number (linux/audit.h), and those of the system calls
_CALLS = {
    "x86_64": (0xC000003E, {"memfd_create": 319, "memfd_secret": 447, "shmget": 29, "msgget": 68,
                            "unshare": 272, "clone": 56, "clone3": 435, "mmap": 9}),
    "aarch64": (0xC00000B7, {"memfd_create": 279, "memfd_secret": 447, "shmget": 194,
                             "msgget": 186, "unshare": 97, "clone": 220, "clone3": 435,
                             "mmap": 222}),
}
_REFUSED = ("memfd_create", "memfd_secret", "shmget", "msgget", "unshare")
_SHARED_ANONYMOUS = 0x21  # MAP_SHARED | MAP_ANONYMOUS
_NEW_USER = 0x10000000  # CLONE_NEWUSER
_X32 = 0x40000000  # calls of x86_64 with short pointers have numbers of their own, from here on
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_CALL, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def program(machine: str) -> bytes | None:
    """The filter for a type of machine; None if its calls are not known here."""
    if machine not in _CALLS:
        return None
    architecture, calls = _CALLS[machine]
    refuse = (_RETURN, _ERROR | errno.EPERM, 0, 0)
    # (operation, operand, steps to skip if true, if false)
    steps = [(_LOAD, _ARCHITECTURE, 0, 0), (_EQUAL, architecture, 1, 0), refuse,
             (_LOAD, _CALL, 0, 0), (_AT_LEAST, _X32, 0, 1), refuse]
    for name in _REFUSED:
        steps += [(_EQUAL, calls[name], 0, 1), refuse]
    # its flags lie in memory, where a filter can't look; the C library then uses clone
    steps += [(_EQUAL, calls["clone3"], 0, 1), (_RETURN, _ERROR | errno.ENOSYS, 0, 0)]
    steps += [(_EQUAL, calls["clone"], 0, 4), (_LOAD, _ARGUMENTS, 0, 0),
              (_ANY_BIT, _NEW_USER, 0, 1), refuse, (_RETURN, _ALLOW, 0, 0)]
    steps += [(_EQUAL, calls["mmap"], 0, 4), (_LOAD, _ARGUMENTS + 3 * 8, 0, 0),
              (_AND, _SHARED_ANONYMOUS, 0, 0), (_EQUAL, _SHARED_ANONYMOUS, 0, 1), refuse]
    steps += [(_RETURN, _ALLOW, 0, 0)]
    return b"".join(struct.pack("HBBI", code, yes, no, k) for code, k, yes, no in steps)


@contextlib.contextmanager
def filter_file() -> Iterator[int | None]:
    """A file descriptor from which bubblewrap reads the filter, or None."""
    code = program(platform.machine()) if hasattr(os, "memfd_create") else None
    if code is None:
        yield None
        return
    number = os.memfd_create("filter")
    try:
        os.write(number, code)
        os.lseek(number, 0, os.SEEK_SET)
        yield number
    finally:
        os.close(number)
