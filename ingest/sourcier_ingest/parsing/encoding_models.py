"""How likely a text is in the languages of office files: letters by their frequency, words by their build.

Latin, Cyrillic, Greek, Hebrew and Arabic letters are ranked per language and get the logarithm of a geometric
probability of their rank, which is near enough to tell an alphabet read rightly from one read through another
encoding. Chinese and Japanese characters are judged by the level that the national standards (GB 2312, JIS X 0208) gave
them by frequency, Korean syllables by a list of the commonest.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

_RANKED = {
    "fr": "esaitnrulodcmpévqfbghjàxèyêzçôkwùâîœûëïüæÿ",
    "en": "etaoinsrhldcumfpgwybvkxjqz",
    "de": "enisratdhulcgmobwfkzüvpäößjyxq",
    "es": "eaosrnidlctumpbgvyqóíhfzjéáñxúüwk",
    "it": "eaionlrtscdupmvghfbqzàèùòìéxjkyw",
    "pt": "aeosrindmtuclpvgqbfhãçáézíjxóâêõúàôwky",
    "nl": "enatirodslghvkmubpwjzcfyxëqïéü",
    "sv": "eanrtsildomkgväfhupåöbcyjxwzéq",
    "da": "enrdtaislogmkfvubhpåyæøcjwzxqé",
    "pl": "aioeznrwsctykdpmujlłgbhęąóżśćfńźvqx",
    "cs": "oeantivlsrdkupmcížhzyábjéčřšýěůgfúňťxóďwq",
    "hu": "eatlnskriozágmédyvhbújföóőcípüűxwq",
    "ro": "eiartnulcosădpmîâfvșțgbzhşţjxkywq",
    "hr": "aioenrsjtukvdmlpgzbcčhšžćfđ",
    "tr": "aeinrlıdkmytusboüşzgçhğvcöpfj",
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оанитвіерслкудмпяьзбгйчхцїжюєшфщґ",
    "sr": "аоиенрјтсукпдвмлзбгчцшхжћфњљђџ",
    "bg": "аеиотнрсвлкдпмзгяъубчцйжщхшфюь",
    "el": "αοιετσνηρπκμλτςυίγάδόέωήθβχφύξώζψϊΐϋΰ",
    "he": "יוהלאתרבמשנדקחעפטגצסזכםןףץך",
    "ar": "الينمتروبعدهفسكقحةجشصىخطأضغزذثظءئؤإآ",
}
_COMMON_WORDS_TEXT = {
    "fr": "à où été être même après très déjà là ça dès près voilà côté créé société",
    "pl": "się są że być także również może będzie też jeśli więc które który należy każdy dzień",
    "cs": "že být při není může též když již jsou který které před podle také",
    "de": "für über können müssen während größe übrigen gemäß",
}
"""Words with letters beyond ASCII that no text of their language goes long without."""
_COMMON_WORDS = {language: frozenset(words.split()) for language, words in _COMMON_WORDS_TEXT.items()}
_COMMON_WORD = 8.0
_KANJI_OFTEN = frozenset(
    "日年人会社員業務勤規則条件定休暇有給申請月時間場合報告記録者行事部長当該要用分所出入金大中小上下前後内外本全部署"
    "名契約書労働賃手当保険安全衛生設備点検管理担任就職退届提出承認必要表"
)
_HANZI_OFTEN = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为和你地出道也时年得就要下以生会自着去之过家学对可里后小么多然于发成事作用"
    "工部门员公司应当规定合同劳动管理申请假休批准检查设备报告经理每天月日未及并向其全体手册流程单位部本按"
)
_HANGUL_OFTEN = frozenset(
    "이다는을의가에고하지로사한기도자대인은리서를정어나시수있해일들라여전스그부제원보과장주니조신회무근용규칙계약"
)

_SPREAD = 6.5
_FOREIGN_LETTER = -9.0
_STRANGE_LETTER = -13.0
_WESTERN = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœúùûüýÿß")
_TYPOGRAPHY = frozenset("«»’‘“”–—…€£°§©®™·•±×½¼²µ№\u00a0\u202f„†⁄")
_OPENING = frozenset("¿¡")
_INSIDE_WORDS = frozenset("’‘·\u00ad\u2011")
_SYMBOL, _ODD_SYMBOL = -3.0, -9.0
_BROKEN_WORD, _DASHED_WORD, _MIXED_WORD, _MIXED_CASE = -12.0, -6.0, -10.0, -8.0
_DASHES = frozenset("–—")
_BESIDE_LETTERS = frozenset("«»’‘“”…°µ§©®™€£\u00a0\u202f„†⁄¿¡")
_CLOSING = frozenset("»”’…")
_EURO = -2.0
_WORD = re.compile(r"[^\W\d_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_REFUSED = frozenset({"Cc", "Cn", "Co", "Cs"})
IMPOSSIBLE = -math.inf


def _letter_scores(ranked: str) -> dict[str, float]:
    start = -math.log(_SPREAD)
    return {letter: start - rank / _SPREAD for rank, letter in enumerate(dict.fromkeys(ranked))}


_SCORES = {language: _letter_scores(ranked) for language, ranked in _RANKED.items()}


def log_likelihood(text: str, expected: Mapping[str, float]) -> tuple[float, str]:
    """A logarithm of how likely the text is in the language that fits it best, and that language.

    `expected` is added for languages that are likelier than others. Only texts that may stand for the same bytes can
    be compared. `IMPOSSIBLE` for control characters, unassigned ones and those of private use.
    """
    counted = Counter(text)
    if any(unicodedata.category(character) in _REFUSED and character not in "\t\n\r\f\x1b" for character in counted):
        return IMPOSSIBLE, ""
    build = sum(_build_of(word) for word in _WORD.findall(text) if not word.isascii())
    build += sum(_beside(text, found.start()) for found in _NOT_ASCII.finditer(text))
    signs = sum(_sign(character) * count for character, count in counted.items() if not character.isalpha())
    letters: Counter[str] = Counter()
    for character, count in counted.items():
        if character.isalpha():
            letters[character.lower() if len(character.lower()) == 1 else character] += count
    asian = sum(_asian(letter) is not None for letter in letters) > 0
    used = {word.lower() for word in _WORD.findall(text) if not word.isascii()}
    best, language = max(
        (
            sum(_letter(letter, name) * count for letter, count in letters.items())
            + expected.get(name, 0.0)
            + _COMMON_WORD * len(used & _COMMON_WORDS.get(name, frozenset())),
            name,
        )
        for name in _models(asian)
    )
    return best + build + signs, language


def _beside(text: str, place: int) -> float:
    """What speaks against a sign for the letters beside it: hardly any stands inside a word, and few at its border."""
    sign = text[place]
    if sign.isalpha() or sign.isspace():
        return 0.0
    if place > 0 and _crowded(text[place - 1], sign):
        return _BROKEN_WORD
    before = place > 0 and text[place - 1].isalpha()
    after = place + 1 < len(text) and text[place + 1].isalpha()
    if before and after:
        return 0.0 if sign in _INSIDE_WORDS else _DASHED_WORD if sign in _DASHES else _BROKEN_WORD
    if before and sign in "²³":  # a unit
        return 0.0
    if sign in _OPENING and not after:
        return _BROKEN_WORD
    if sign == "’" and after and (place == 0 or text[place - 1].isspace()):
        return _BROKEN_WORD
    return _BROKEN_WORD if (before or after) and sign not in _BESIDE_LETTERS and ord(sign) < 0x2E80 else 0.0


def _crowded(first: str, second: str) -> bool:
    """Whether two signs stand side by side that people do not write so, as in letters read as signs."""
    signs = not (first.isascii() or first.isalpha() or first.isspace() or second.isalpha())
    return signs and max(ord(first), ord(second)) < 0x2E80 and not {first, second} & _CLOSING


def _models(asian: bool) -> tuple[str, ...]:
    return (*_RANKED, "ja", "zh", "ko") if asian else tuple(_RANKED)


def _letter(letter: str, language: str) -> float:
    if language in _SCORES:
        found = _SCORES[language].get(letter)
        if found is not None:
            return found
        return _FOREIGN_LETTER if letter in _WESTERN or letter.isascii() else _STRANGE_LETTER
    if letter.isascii():
        return _SCORES["en"][letter] - 1.0
    kinds = _asian(letter)
    return kinds.get(language, _STRANGE_LETTER) if kinds else _STRANGE_LETTER


@lru_cache(maxsize=30_000)
def _asian(letter: str) -> dict[str, float] | None:
    """How likely a letter of East Asia is in each of its languages; None for other letters."""
    code = ord(letter)
    if 0x3041 <= code <= 0x30FF or letter in "々ー":
        return {"ja": -3.6 if code < 0x30A0 else -4.4}
    if 0xFF61 <= code <= 0xFF9F:
        return {"ja": -9.0}
    if 0xAC00 <= code <= 0xD7A3:
        return {"ko": -4.5 if letter in _HANGUL_OFTEN else -8.0}
    if not (0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF):
        return {} if code >= 0x2E80 else None
    chinese = _level(letter, "gb2312", 0xB0, 0xD7)
    japanese = _level(letter, "euc_jp", 0xB0, 0xCF)
    traditional = _level(letter, "big5", 0xA4, 0xC6)
    return {
        "zh": -5.0 if letter in _HANZI_OFTEN else max(chinese, traditional - 0.5),
        "ja": -5.5 if letter in _KANJI_OFTEN else japanese,
        "ko": -10.5,
    }


def _level(character: str, standard: str, first: int, last: int) -> float:
    try:
        lead = character.encode(standard)[0]
    except UnicodeEncodeError:
        return -14.0
    return -7.5 if first <= lead <= last else -11.5


def _build_of(word: str) -> float:
    """What speaks against a word: two scripts in one, capitals after small letters."""
    scripts = {_script(letter) for letter in word}
    score = _MIXED_WORD * (len(scripts - {"han", "kana"}) + bool(scripts & {"han", "kana"}) - 1)
    if not (word.islower() or word.isupper() or word[1:].islower() or "han" in scripts or "kana" in scripts):
        flips = sum(a.islower() and b.isupper() for a, b in pairwise(word))
        score += _MIXED_CASE * min(flips, 3) if flips else _MIXED_CASE / 2 * (not word.isupper() and len(word) > 1)
    return score


@lru_cache(maxsize=30_000)
def _script(letter: str) -> str:
    code = ord(letter)
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "latin"
    for name, first, last in (
        ("greek", 0x370, 0x400),
        ("cyrillic", 0x400, 0x530),
        ("hebrew", 0x590, 0x600),
        ("arabic", 0x600, 0x780),
        ("kana", 0x3041, 0x3100),
        ("hangul", 0xAC00, 0xD7A4),
        ("han", 0x2E80, 0xFB00),
    ):
        if first <= code < last:
            return name
    return "han" if 0xFF61 <= code <= 0xFF9F else "other"


def _sign(character: str) -> float:
    if character.isascii() or character.isspace():
        return 0.0 if character != "\u00a0" else _SYMBOL
    if character == "€":
        return _EURO
    if character in _TYPOGRAPHY or character in _OPENING:
        return _SYMBOL
    return _SYMBOL - 1.5 if 0x3000 <= ord(character) <= 0x303F or 0xFF01 <= ord(character) <= 0xFF5E else _ODD_SYMBOL
