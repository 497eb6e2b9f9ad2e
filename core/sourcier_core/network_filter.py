"""A seccomp filter: this process, and what it starts, can open no socket but local ones (AF_UNIX).

Where a network namespace is refused, as in a container with default settings, this is what closes the network below
Python. It needs no privilege. A system call filter in classic BPF, as in the kernel's Documentation/userspace-api/
seccomp_filter.rst.
"""

import ctypes
import errno
import platform
import socket
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_GREATER_EQUAL = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in `struct seccomp_data`, little-endian."""
_IO_URING_SETUP = 425
"""Its rings can open sockets, too."""
_OTHER_TABLE = 0x40000000
"""On x86-64, numbers from here on are those of x32."""
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""AUDIT_ARCH and the number of socket(2)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def close_sockets() -> bool:
    """Refuse every socket but local ones with EPERM, for good; False where the kernel or the machine has no filter."""
    known = _MACHINES.get(platform.machine())
    if known is None:
        return False
    instructions = _instructions(*known)
    program = _Program(len(instructions) // 8, instructions)
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return library.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0


def _instructions(architecture: int, socket_number: int) -> bytes:
    """The program; a jump counts instructions to skip, where it is true and where it is not."""
    program = (
        (_LOAD_WORD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 0, 7, architecture),  # else refuse
        (_LOAD_WORD, 0, 0, _NUMBER),
        (_JUMP_GREATER_EQUAL, 5, 0, _OTHER_TABLE),  # refuse
        (_JUMP_EQUAL, 4, 0, _IO_URING_SETUP),  # refuse
        (_JUMP_EQUAL, 0, 2, socket_number),  # else allow
        (_LOAD_WORD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_EQUAL, 0, 1, socket.AF_UNIX),  # else refuse
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
