"""Function words of French and English, with their accents and, for those who type none, without.

Negations stay searchable: they carry meaning for the verifier. So do words that only look like a function word
without their accent ("thé", "sûr") and "été", which is also the summer.
"""

import unicodedata

_FRENCH = """
à a afin ai aie ainsi ait alors au aux avaient avait avec avez avoir avons ayant c ce ceci cela celle celles celui
cependant ces cet cette ceux chez ci combien comme comment d dans de des dès donc dont du elle elles en es est et
étaient était étant êtes être eu eux il ils je l la là le les leur leurs lors lorsque lui m ma mais me mes moi mon
n nos notre nous on ont ou où par pour pourquoi qu quand que quel quelle quelles quels qui s sa se sera seront ses si
son sont sous suis sur t ta te tes toi ton tu un une va vers vos votre vous y
"""

_ENGLISH = """
a about after all also am an and any are as at be because been before being but by can could did do does doing for
from had has have having he her here hers him his how i if in into is it its itself just may me might more most my of
off on once only or other our ours out over own same shall she should so some such than that the their theirs them
then there these they this those through to too under until up very was we were what when where which while who whom
why will with would you your yours
"""


def without_accents(word: str) -> str:
    """The word with its accents taken off; ligatures are spelt out."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


_ALL = (_FRENCH + _ENGLISH).split()
STOP_WORDS = frozenset(_ALL) | frozenset(without_accents(word) for word in _ALL)
