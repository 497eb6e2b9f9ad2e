"""What stands right before and after a passage in its document."""

from collections.abc import Iterable, Sequence

from sourcier_core.domain.documents import Passage
from sourcier_core.domain.identifiers import PassageId
from sourcier_core.domain.search import DocumentReference


def beside(
    passages: Sequence[Passage], found: Iterable[tuple[Passage, DocumentReference]]
) -> dict[PassageId, list[tuple[Passage, DocumentReference]]]:
    """Those of `found` that stand right before and after each passage in its version, in reading order."""
    places = {(pair[0].version_id, pair[0].ordinal): pair for pair in found}
    around = {
        passage.id: [
            places[passage.version_id, ordinal]
            for ordinal in (passage.ordinal - 1, passage.ordinal + 1)
            if (passage.version_id, ordinal) in places
        ]
        for passage in passages
    }
    return {key: pairs for key, pairs in around.items() if pairs}
