"""The text of bytes in any encoding, or an error: letters are never guessed when several readings are as likely.

charset-normalizer reads short texts wrongly ("é" as "Ú", KOI8-R as Korean) and a list of encodings that is always
preferred publishes whatever comes out. So every encoding that office files come in is tried, and the reading that is
likeliest in some language must lead; French and English ones have a head start, as they are what is mostly loaded.
"""

import re

from charset_normalizer import from_bytes

from sourcier_core.errors import DocumentCorrupt, DocumentEncodingUnknown
from sourcier_ingest.parsing.encoding_models import IMPOSSIBLE, log_likelihood

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a]")
_LOOKED_AT = 65536
_SAMPLE = 16384
_LOCAL = ("cp1252", "iso8859-15", "cp850", "mac-roman")
"""Those of French and English files; first the likeliest."""
_HEAD_STARTS = {"cp1252": 6.0, "iso8859-15": 4.0, "cp850": 3.0, "mac-roman": 2.0}
"""How much likelier (in nats) French and English files in these are than others."""
_OTHERS = (
    *("cp1250", "iso8859-2", "cp1254", "cp1251", "koi8-u", "cp866", "iso8859-5", "cp1253", "iso8859-7", "cp1255"),
    *("cp1256", "cp932", "euc-jp", "gb18030", "big5hkscs", "cp949"),
)
_LEAD = 3.0
"""By how much (in nats) the best reading must be likelier than the next other one."""
_WORST, _WORST_ASIAN = -5.0, -8.0
"""Least mean (in nats) for each character of a text."""
_COHERENT = 0.5
_LEAST_OF_UNICODE = 0.98


def is_text(sample: bytes) -> bool:
    """Whether bytes are text rather than binary: hardly any control character, or zeros as UTF-16 has them."""
    if _unicode_encoding(sample) is not None:
        return True
    return len(_BINARY.findall(sample)) <= len(sample) // 100


def decode(data: bytes) -> str:
    """The text of bytes in UTF-8, UTF-16 or UTF-32, with or without a mark, or in the likeliest older encoding.

    Raises:
        DocumentCorrupt: this is not text.
        DocumentEncodingUnknown: no reading of its letters is likelier than all others.
    """
    found = _unicode_encoding(data[:_LOOKED_AT])
    if found is not None:
        return data.decode(found, "replace").removeprefix("\ufeff")
    looked_at = data[:_LOOKED_AT]
    if len(_BINARY.findall(looked_at)) > len(looked_at) // 100:
        raise DocumentCorrupt("The file's content is not text.")
    if b"\x1b$" in looked_at or b"\x1b(" in looked_at:
        try:
            return data.decode("iso2022-jp-2")
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _damaged_utf_8(data) or _older(data)


def _unicode_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark, or by where its zeros stand: always in the same place of a character."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    zeros = sample.count(0)
    if zeros == 0 or len(sample) < 4:
        return None
    by_place = [sample[place::4].count(0) for place in range(4)]
    quarter = len(sample) // 4
    if zeros >= 2 * quarter and by_place[3] >= quarter and by_place[2] >= quarter * _LEAST_OF_UNICODE:
        return _if_readable(sample, "utf-32-le")
    if zeros >= 2 * quarter and by_place[0] >= quarter and by_place[1] >= quarter * _LEAST_OF_UNICODE:
        return _if_readable(sample, "utf-32-be")
    odd = by_place[1] + by_place[3]
    if odd >= zeros * _LEAST_OF_UNICODE:
        return _if_readable(sample, "utf-16-le")
    if zeros - odd >= zeros * _LEAST_OF_UNICODE:
        return _if_readable(sample, "utf-16-be")
    return None


def _if_readable(sample: bytes, encoding: str) -> str | None:
    """The encoding, when the sample is likely text in it."""
    width = 4 if "32" in encoding else 2
    text = sample[: len(sample) // width * width].decode(encoding, "replace").rstrip("\ufffd")
    if not text or "\ufffd" in text:
        return None
    score, language = log_likelihood(text[:_SAMPLE], {})
    return encoding if score > IMPOSSIBLE and score >= _worst(language) * (len(text[:_SAMPLE]) + 3) else None


def _worst(language: str) -> float:
    return _WORST_ASIAN if language in {"zh", "ja", "ko"} else _WORST


def _damaged_utf_8(data: bytes) -> str | None:
    """UTF-8 with a few damaged bytes, which are shown as such; None when it is another encoding."""
    text = data.decode("utf-8-sig", "replace")
    damaged = text.count("\ufffd")
    whole = sum(not character.isascii() for character in text[: 4 * _LOOKED_AT]) - damaged
    return text if whole >= 8 and damaged <= max(1, whole // 50) else None


def _sample_lines(data: bytes) -> bytes:
    """The lines that are not plain ASCII, up to a bound: the others read alike in every encoding."""
    lines = [line for line in re.split(rb"[\r\n]+", data[: 64 * _LOOKED_AT]) if not line.isascii()]
    sample = b"\n".join(lines)
    if len(sample) <= _SAMPLE:
        return sample
    cut = max(sample.rfind(space, 0, _SAMPLE) for space in (b"\n", b" ", b",", b";"))
    return sample[: cut if cut > _SAMPLE // 4 else _SAMPLE]


def _older(data: bytes) -> str:
    sample = _sample_lines(data)
    whole = len(sample) < _SAMPLE // 4
    readings: dict[str, tuple[float, str, str]] = {}
    for encoding in (*_LOCAL, *_OTHERS):
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError as error:
            if whole or error.end < len(sample) - 4:  # a long sample may end inside a character
                continue
            text = sample[: error.start].decode(encoding)
        score, language = log_likelihood(text, dict.fromkeys(("fr", "en"), _HEAD_STARTS.get(encoding, 0.0)))
        if score > IMPOSSIBLE and (text not in readings or score > readings[text][0]):
            readings[text] = (score, encoding, language)
    ranked = sorted(readings.items(), key=lambda reading: -reading[1][0])
    if not ranked:
        return _by_charset_normalizer(data, sample)
    text, (score, encoding, language) = ranked[0]
    signs = sum(not character.isspace() for character in text)
    leads = len(ranked) == 1 or score - ranked[1][1][0] >= _LEAD
    if not leads or score < _worst(language) * (signs + 3):
        return _by_charset_normalizer(data, sample)
    return _wholly(data, encoding)


def _wholly(data: bytes, encoding: str) -> str:
    """All of the bytes in an encoding found from some of them."""
    text = data.decode(encoding, "replace")
    if text.count("\ufffd") > max(1, len(text) // 1000):
        raise DocumentEncodingUnknown
    return text


def _by_charset_normalizer(data: bytes, sample: bytes) -> str:
    """Scripts that are not modelled here (Thai, Georgian…), where charset-normalizer knows the language's letters."""
    best = from_bytes(sample).best()
    if best is None or best.coherence < _COHERENT:
        raise DocumentEncodingUnknown
    letters = [character for character in str(best) if character.isalpha() and not character.isascii()]
    modelled = sum(ord(letter) < 0x700 or ord(letter) >= 0x2E80 for letter in letters)
    if modelled * 10 >= len(letters):
        raise DocumentEncodingUnknown
    return _wholly(data, best.encoding)
