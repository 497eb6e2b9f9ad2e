"""Decompresses the Rich Text that Outlook messages hold (Microsoft's [MS-OXRTFCP])."""

import struct

from sourcier_core.errors import DocumentCorrupt, DocumentTooLarge

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_MOST_BYTES = 64 << 20
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)


def decompress(data: bytes) -> bytes:
    """The RTF in a message's compressed property.

    Raises:
        DocumentCorrupt, DocumentTooLarge: it is damaged, or far too large.
    """
    if len(data) < 16:
        raise DocumentCorrupt("The message's formatted text is damaged.")
    _, size, kind, _ = struct.unpack_from("<IIII", data)
    if size > _MOST_BYTES:
        raise DocumentTooLarge("The message's formatted text is too large.")
    if kind == _PLAIN:
        return data[16 : 16 + size]
    if kind != _COMPRESSED:
        raise DocumentCorrupt("The message's formatted text is of an unknown kind.")
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    place = 16
    while place < len(data) and len(out) < size:
        control = data[place]
        place += 1
        for bit in range(8):
            if place + (control >> bit & 1) >= len(data):
                return bytes(out)
            if not control >> bit & 1:
                window[write] = data[place]
                out.append(data[place])
                write, place = (write + 1) % _WINDOW, place + 1
                continue
            reference = data[place] << 8 | data[place + 1]
            place += 2
            read, length = reference >> 4, (reference & 15) + 2
            if read == write:
                return bytes(out)
            for step in range(length):
                byte = window[(read + step) % _WINDOW]
                window[write] = byte
                out.append(byte)
                write = (write + 1) % _WINDOW
    return bytes(out)
