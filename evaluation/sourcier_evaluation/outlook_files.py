"""Outlook messages (MSG) to measure with: the smallest compound file (MS-CFB) that holds a subject and a body."""

import struct

_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512
_LARGE_STREAM = 4096
_UNICODE = 0x001F
_ENTRIES_A_SECTOR = _SECTOR // 4


def outlook_message(subject: str, body: str) -> bytes:
    """A message. Every stream is padded to the size from which streams have sectors of their own.

    So no table of small streams is needed. The directory gives the padded size and the properties the true one.
    """
    values = {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: "Sourcier", 0x1000: body}
    properties = bytes(32)
    streams: dict[str, bytes] = {}
    for identifier, value in values.items():
        content = value.encode("utf-16-le")
        properties += struct.pack("<HHIII", _UNICODE, identifier, 6, len(content) + 2, 0)
        streams[f"__substg1.0_{identifier:04X}{_UNICODE:04X}"] = content
    padding = " ".encode("utf-16-le")
    streams = {name: content + padding * (-(len(content) - _LARGE_STREAM) // 2) for name, content in streams.items()}
    streams["__properties_version1.0"] = properties
    return _compound(streams)


def _compound(streams: dict[str, bytes]) -> bytes:
    sectors: list[bytes] = []
    chain: list[int] = []

    def store(content: bytes) -> int:
        count, first = -(-len(content) // _SECTOR), len(sectors)
        padded = content.ljust(count * _SECTOR, b"\0")
        sectors.extend(padded[place : place + _SECTOR] for place in range(0, len(padded), _SECTOR))
        chain.extend([*range(first + 1, first + count), _END])
        return first

    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    small = streams["__properties_version1.0"]
    small_chain = [*range(1, -(-len(small) // 64)), _END]
    root = _entry("Root Entry", 5, store(small), len(small_chain) * 64, child=1)
    small_table = store(struct.pack(f"<{len(small_chain)}I", *small_chain).ljust(_SECTOR, b"\xff"))
    entries = [root]
    for number, name in enumerate(names, start=1):
        content = streams[name]
        start = store(content) if len(content) >= _LARGE_STREAM else 0
        right = number + 1 if number < len(names) else _FREE
        entries.append(_entry(name, 2, start, len(content), right=right))
    directory = store(b"".join(entries))
    tables = 1
    while tables * _ENTRIES_A_SECTOR < len(sectors) + tables:
        tables += 1
    first_table = len(sectors)
    allocation = chain + [_TABLE] * tables
    allocation += [_FREE] * (-len(allocation) % _ENTRIES_A_SECTOR)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIII", 0, tables, directory, 0, _LARGE_STREAM)
    header += struct.pack("<IIII", small_table, 1, _END, 0)
    header += struct.pack("<109I", *range(first_table, first_table + tables), *[_FREE] * (109 - tables))
    return header + b"".join(sectors) + struct.pack(f"<{len(allocation)}I", *allocation)


def _entry(name: str, kind: int, start: int, size: int, *, child: int = _FREE, right: int = _FREE) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    place = struct.pack("<HBBIII", len(written), kind, 1, _FREE, right, child)
    return written.ljust(64, b"\0") + place + bytes(36) + struct.pack("<IQ", start, size)
