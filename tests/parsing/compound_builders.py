"""OLE compound files written by hand: XLS and MSG, and the shells of DOC and PPT."""

import struct
from dataclasses import dataclass, field

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_SECTOR, _SMALL_SECTOR, _CUT_OFF = 512, 64, 4096
_UNICODE, _BINARY, _OBJECT, _INTEGER = 0x001F, 0x0102, 0x000D, 0x0003

Tree = dict[str, "bytes | Tree"]


@dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    children: list[int] = field(default_factory=list)
    start: int = _END


class _Sectors:
    """Sectors of one size with the chain that links them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sectors: list[bytes] = []
        self.chain: list[int] = []

    def store(self, content: bytes) -> int:
        count = -(-len(content) // self.size)
        if not count:
            return _END
        first = len(self.sectors)
        padded = content.ljust(count * self.size, b"\0")
        self.sectors.extend(padded[place : place + self.size] for place in range(0, len(padded), self.size))
        self.chain.extend([*range(first + 1, first + count), _END])
        return first


def compound(tree: Tree) -> bytes:
    """A compound file holding `tree`."""
    entries = [_Entry("Root Entry", 5)]
    _enter(entries, 0, tree)
    large, small = _Sectors(_SECTOR), _Sectors(_SMALL_SECTOR)
    for entry in entries[1:]:
        if entry.kind == 2:
            entry.start = (large if len(entry.content) >= _CUT_OFF else small).store(entry.content)
    entries[0].content = b"".join(small.sectors)
    entries[0].start = large.store(entries[0].content)
    small_table = large.store(b"".join(struct.pack("<I", link) for link in _filled(small.chain)))
    directory = large.store(b"".join(_directory_entry(entries, number) for number in range(len(entries))))
    tables = 1
    while tables * 128 < len(large.sectors) + tables:
        tables += 1
    first_table = len(large.sectors)
    allocation = _filled(large.chain + [0xFFFFFFFD] * tables)
    small_tables = -(-len(small.chain) // 128)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIII", 0, tables, directory, 0, _CUT_OFF)
    header += struct.pack("<IIII", small_table, small_tables, _END, 0)
    header += struct.pack("<109I", *range(first_table, first_table + tables), *[_FREE] * (109 - tables))
    return header + b"".join(large.sectors) + struct.pack(f"<{len(allocation)}I", *allocation)


def _filled(chain: list[int]) -> list[int]:
    return chain + [_FREE] * (-len(chain) % 128)


def _enter(entries: list[_Entry], parent: int, tree: Tree) -> None:
    for name, content in tree.items():
        number = len(entries)
        entries[parent].children.append(number)
        if isinstance(content, bytes):
            entries.append(_Entry(name, 2, content))
        else:
            entries.append(_Entry(name, 1))
            _enter(entries, number, content)


def _directory_entry(entries: list[_Entry], number: int) -> bytes:
    """Siblings hang to the right of one another, sorted as the format wants."""
    entry = entries[number]
    parent = next((other for other in entries if number in other.children), None)
    right = _FREE
    if parent is not None:
        order = _sorted(entries, parent)
        place = order.index(number)
        right = order[place + 1] if place + 1 < len(order) else _FREE
    child = _sorted(entries, entry)[0] if entry.children else _FREE
    name = entry.name.encode("utf-16-le") + b"\0\0"
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(name), entry.kind, 1, _FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", 0 if entry.kind == 1 else entry.start, len(entry.content))
    )


def _sorted(entries: list[_Entry], parent: _Entry) -> list[int]:
    return sorted(parent.children, key=lambda child: (len(entries[child].name), entries[child].name.upper()))


def record(kind: int, body: bytes) -> bytes:
    """One record of a BIFF stream."""
    return struct.pack("<HH", kind, len(body)) + body


def _wide(text: str, length: str = "<H") -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def xls(
    sheets: dict[str, list[list[str | float]]],
    *,
    hidden: frozenset[str] = frozenset(),
    looks: bytes = b"",
    records: bytes = b"",
    style: int = 0,
) -> bytes:
    """A BIFF8 workbook; `looks` are more records of the book, `records` of each sheet, `style` that of its cells."""
    bodies: list[bytes] = []
    for rows in sheets.values():
        width = max(map(len, rows))
        body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6))
        body += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
        body += records
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                place = struct.pack("<HHH", row, column, style)
                if isinstance(cell, str):
                    body += record(0x0204, place + _wide(cell))
                else:
                    body += record(0x0203, place + struct.pack("<d", cell))
        bodies.append(body + record(0x000A, b""))
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6)) + record(0x0042, b"\xb0\x04")
    formats = record(0x00E0, bytes(20)) + looks
    bounds_length = sum(4 + 6 + len(_wide(name, "<B")) for name in sheets)
    place = len(begin) + len(formats) + bounds_length + 4
    bounds = b""
    for (name, _), body in zip(sheets.items(), bodies, strict=True):
        bounds += record(0x0085, struct.pack("<IBB", place, int(name in hidden), 0) + _wide(name, "<B"))
        place += len(body)
    return compound({"Workbook": begin + formats + bounds + record(0x000A, b"") + b"".join(bodies)})


def _properties(values: dict[int, str | bytes | int], header: int, storages: Tree) -> Tree:
    fixed, tree = bytes(header), Tree()
    for identifier, value in values.items():
        if isinstance(value, int):
            fixed += struct.pack("<HHIII", _INTEGER, identifier, 6, value, 0)
            continue
        kind = _UNICODE if isinstance(value, str) else _BINARY
        content = value.encode("utf-16-le") if isinstance(value, str) else value
        fixed += struct.pack("<HHIII", kind, identifier, 6, len(content) + (2 if kind == _UNICODE else 0), 0)
        tree[f"__substg1.0_{identifier:04X}{kind:04X}"] = content
    return {"__properties_version1.0": fixed, **tree, **storages}


def message_tree(
    subject: str,
    body: str | bytes,
    attachments: dict[str, "bytes | Tree"] | None = None,
    *,
    embedded: bool = False,
) -> Tree:
    """A message; `body` as bytes is compressed Rich Text; an attachment that is a tree is a message itself."""
    storages: Tree = {}
    for number, (name, content) in enumerate((attachments or {}).items()):
        values: dict[int, str | bytes | int] = {0x3707: name, 0x3705: 1 if isinstance(content, bytes) else 5}
        inner: Tree = {}
        if isinstance(content, bytes):
            values[0x3701] = content
        else:
            inner["__substg1.0_3701000D"] = content
        storages[f"__attach_version1.0_#{number:08X}"] = _properties(values, 8, inner)
    values = {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: "Anne Lefèvre", 0x0C1F: "anne@example.org", 0x0E04: "Tous"}
    values[0x1000 if isinstance(body, str) else 0x1009] = body
    return _properties(values, 24 if embedded else 32, storages)
