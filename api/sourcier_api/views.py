"""Domain types as HTTP shapes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import nh3

from sourcier_api import schemas
from sourcier_api.schemas_accounts import PageView
from sourcier_core.db.loads import Load, LoadCounts, LoadItem, LoadOutcome, LoadState
from sourcier_core.db.pages import PageAccount
from sourcier_core.db.purging import PurgedDocument
from sourcier_core.db.reviews import Review
from sourcier_core.domain.answers import Answer, AnswerRecord, Citation, Claim, Quote, Source
from sourcier_core.domain.document_types import split_media_types
from sourcier_core.domain.documents import (
    WITHOUT_TEXT,
    Corpus,
    DocumentState,
    DocumentSummary,
    DocumentVersion,
    PageReading,
    Passage,
)
from sourcier_core.domain.search import DocumentReference, PassageHit
from sourcier_core.errors import SourcierError


def error_body(error: SourcierError) -> schemas.ErrorBody:
    """Any error as the one shape."""
    return schemas.ErrorBody(code=error.code, message=error.message, retryable=error.retryable, details=error.details)


def corpus_view(corpus: Corpus, counts: tuple[int, int]) -> schemas.CorpusView:
    """A corpus with its (documents, passages)."""
    return schemas.CorpusView(
        id=corpus.id,
        title=corpus.title,
        groups=sorted(corpus.groups),
        created_at=corpus.created_at,
        documents=counts[0],
        passages=counts[1],
        approval_required=corpus.approval_required,
        claim_check="default" if corpus.claim_check is None else corpus.claim_check.value,
        quarantine_threshold="default" if corpus.quarantine_threshold is None else corpus.quarantine_threshold,
    )


def document_view(document: DocumentSummary) -> schemas.DocumentView:
    """A document of a list."""
    known = schemas.DocumentView.model_fields.keys() - {"purged_by"}
    values = {name: getattr(document, name) for name in known}
    values |= {"state": document.state.value, "groups": sorted(document.groups)}
    return schemas.DocumentView.model_validate(values)


def purged_view(document: PurgedDocument) -> schemas.DocumentView:
    """What a list says of a purged document."""
    return schemas.DocumentView(
        id=document.id,
        corpus_id=document.corpus_id,
        path=document.path,
        title=document.path,
        state="purged",
        version_id="",
        media_type="",
        language="",
        page_count=0,
        passage_count=0,
        size_bytes=0,
        published_at=None,
        withdrawn_at=document.purged_at,
        failure_code=None,
        failure_message=None,
        parent_id=document.parent_id,
        purged_at=document.purged_at,
        purged_by=document.purged_by,
    )


def version_view(version: DocumentVersion) -> schemas.VersionView:
    """One content of a document."""
    values = {name: getattr(version, name) for name in schemas.VersionView.model_fields}
    return schemas.VersionView.model_validate({**values, "state": version.state.value})


def review_view(review: Review) -> schemas.ReviewView:
    """A version that waits for a person."""
    return schemas.ReviewView(
        version_id=review.version_id,
        document_id=review.document_id,
        corpus_id=review.corpus_id,
        path=review.path,
        title=review.title,
        kind=review.kind.value,
        since=review.since,
        score=review.score,
        evidence=[
            schemas.EvidenceView(kind=item.kind, excerpt=item.excerpt, weight=item.weight, page=item.page)
            for item in review.evidence
        ],
        proposed_by=review.proposed_by,
        page_count=review.page_count,
        passage_count=review.passage_count,
    )


def load_item_view(item: LoadItem) -> schemas.LoadItemView:
    """One file of a load."""
    return schemas.LoadItemView(
        path=item.path,
        state=_state(item),
        outcome=item.outcome.value,
        document_id=item.document_id,
        version_id=item.version_id,
        code=item.code,
        message=item.message,
        retryable=item.retryable,
        page_count=item.tally.pages,
        pages_without_text=item.tally.without_text,
        pages_unread=item.tally.unread,
        lowest_recognition=item.tally.lowest_recognition,
        passage_count=item.passage_count,
        access_note=item.access_note,
    )


def _state(item: LoadItem) -> str:
    if item.version_state is not None:
        return item.version_state.value
    return DocumentState.SEEN.value if item.outcome is LoadOutcome.PENDING else item.outcome.value


def page_view(account: PageAccount, version: DocumentVersion) -> PageView:
    """A page: it goes with its version, unless it yielded nothing."""
    page = account.page
    state = version.state.value
    if page.reading is PageReading.UNREAD:
        state = "unread"
    elif page.reading in WITHOUT_TEXT:
        state = "nothing_found"
    return PageView(
        number=page.number,
        state=state,
        code=page.reading.value,
        reason=page.note,
        recognition_confidence=page.recognition_confidence,
        characters=page.end - page.start,
        passages=account.passage_count,
    )


def _pace(load: Load, outcomes: Mapping[LoadOutcome, int]) -> float | None:
    """Files done per minute since the load began; unchanged ones, which cost next to nothing, do not count."""
    idle = (LoadOutcome.PENDING, LoadOutcome.UNCHANGED, LoadOutcome.WITHDRAWN)
    return _per_minute(load, sum(count for outcome, count in outcomes.items() if outcome not in idle))


def _per_minute(load: Load, done: int) -> float | None:
    if load.begun_at is None or not done:
        return None
    took = ((load.finished_at or datetime.now(UTC)) - load.begun_at).total_seconds()
    return round(60 * done / took, 1) if took > 0 else None


def load_view(load: Load, counts: LoadCounts, items: list[LoadItem]) -> schemas.LoadView:
    """A load with its counts and these of its files."""
    outcomes = counts.outcomes
    pace = _pace(load, outcomes)
    estimated = pace is not None and load.state is LoadState.RUNNING and outcomes[LoadOutcome.PENDING]
    left = round(60 * outcomes[LoadOutcome.PENDING] / pace, 1) if pace is not None and estimated else None
    return schemas.LoadView(
        id=load.id,
        corpus_id=load.corpus_id,
        source=load.options.get("source_name") or load.source,
        state=load.state.value,
        message=load.message,
        started_at=load.started_at,
        finished_at=load.finished_at,
        seen=sum(outcomes.values()) - outcomes[LoadOutcome.WITHDRAWN],
        published=outcomes[LoadOutcome.PUBLISHED],
        unchanged=outcomes[LoadOutcome.UNCHANGED],
        failed=outcomes[LoadOutcome.FAILED],
        withdrawn=outcomes[LoadOutcome.WITHDRAWN],
        quarantined=outcomes[LoadOutcome.QUARANTINED],
        proposed=outcomes[LoadOutcome.PROPOSED],
        pending=outcomes[LoadOutcome.PENDING],
        passages=counts.passages,
        pages=counts.pages,
        pages_without_text=counts.pages_without_text,
        pages_unread=counts.pages_unread,
        documents_with_pages_without_text=counts.documents_with_pages_without_text,
        pages_per_minute=_per_minute(load, counts.pages),
        files_per_minute=pace,
        seconds_left=left,
        retryable=counts.retryable,
        items=[load_item_view(item) for item in items],
    )


def quote_view(quote: Quote) -> schemas.QuoteView:
    """Exact words."""
    return schemas.QuoteView(
        version_id=quote.version_id, start=quote.start, end=quote.end, text=quote.text, page=quote.page
    )


def page_image_path(quote: Quote, passage_id: str) -> str:
    """Where the picture of the quote's page is, passage and quote highlighted."""
    query = urlencode({"passage": passage_id, "start": quote.start, "end": quote.end})
    return f"/api/versions/{quote.version_id}/pages/{quote.page}.png?{query}"


def source_view(source: Source) -> schemas.SourceView:
    """A numbered source."""
    passage, document = source.hit.passage, source.hit.document
    return schemas.SourceView(
        number=source.number,
        passage_id=passage.id,
        document_id=document.document_id,
        version_id=document.version_id,
        corpus_id=document.corpus_id,
        path=document.path,
        title=document.title,
        media_type=document.media_type,
        heading_path=list(passage.heading_path),
        page=source.quote.page,
        page_count=document.page_count,
        quote=quote_view(source.quote),
        valid_from=document.valid_from,
        approved_by=document.approved_by,
        approved_at=document.approved_at,
        content_sha256=document.content_sha256,
        score=source.hit.score,
        beside=source.beside,
        page_image=page_image_path(source.quote, passage.id),
    )


def _citation_view(citation: Citation) -> schemas.CitationView:
    return schemas.CitationView(
        marker=citation.marker,
        source_number=citation.source_number,
        passage_id=citation.passage_id,
        quote=None if citation.quote is None else quote_view(citation.quote),
        verdict=citation.verdict.value,
        reasons=list(citation.reasons),
    )


def claim_view(claim: Claim) -> schemas.ClaimView:
    """A checked sentence."""
    return schemas.ClaimView(
        number=claim.number,
        text=claim.text,
        verdict=claim.verdict.value,
        reasons=list(claim.reasons),
        citations=[_citation_view(citation) for citation in claim.citations],
        conflicts=[
            schemas.ConflictView(
                source_number=conflict.source_number,
                passage_id=conflict.passage_id,
                quote=quote_view(conflict.quote),
                reasons=list(conflict.reasons),
                is_newer=conflict.is_newer,
            )
            for conflict in claim.conflicts
        ],
    )


def _summary_subject(record: AnswerRecord) -> schemas.SummarySubject | None:
    """What a recorded summary is of; None for a question, and for summaries recorded before that was noted."""
    scope = record.scope
    if not scope.get("is_summary"):
        return None
    return schemas.SummarySubject(
        corpus=scope["corpora"][0], document=scope["document"], path_prefix=scope["path_prefix"]
    )


def _asked_of(record: AnswerRecord) -> schemas.FilterView | None:
    """What a recorded question was asked of; None for all that may be read, and for a summary."""
    scope = record.scope
    languages, media_types, prefix = (scope.get(part) for part in ("languages", "media_types", "path_prefix"))
    if scope.get("is_summary") or not (languages or media_types or prefix):
        return None
    kinds, others = split_media_types(media_types or ())
    return schemas.FilterView(
        languages=list(languages or ()), document_types=kinds, media_types=others, path_prefix=prefix or ""
    )


def answer_view(answer: Answer, record: AnswerRecord | None = None) -> schemas.AnswerView:
    """A finished answer; with its record also what it is of, when it was asked and how long it took."""
    return schemas.AnswerView(
        id=answer.id,
        question=answer.question,
        language=answer.language.value,
        mode=answer.mode.value,
        state=answer.state.value,
        text=answer.text,
        refusal_reason=answer.refusal_reason,
        answerability=answer.answerability,
        notice=answer.notice,
        searched_as=answer.searched_as,
        searched_parts=list(answer.searched_parts),
        as_of=answer.as_of,
        claims=[claim_view(claim) for claim in answer.claims],
        sources=[source_view(source) for source in answer.sources],
        only=None if record is None else _asked_of(record),
        summary_of=None if record is None else _summary_subject(record),
        asked_at=None if record is None else record.asked_at,
        timings_ms={} if record is None else record.timings_ms,
    )


def hit_view(hit: PassageHit) -> schemas.HitView:
    """A found passage."""
    passage, document = hit.passage, hit.document
    return schemas.HitView(
        passage_id=passage.id,
        version_id=passage.version_id,
        document_id=document.document_id,
        corpus_id=document.corpus_id,
        path=document.path,
        title=document.title,
        media_type=document.media_type,
        heading_path=list(passage.heading_path),
        language=passage.language,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        first_page=passage.first_page,
        last_page=passage.last_page,
        page_count=document.page_count,
        valid_from=document.valid_from,
        score=hit.score,
        dense_score=hit.dense_score,
        sparse_score=hit.sparse_score,
    )


_TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td", "caption"}


def clean_table(table: str) -> str:
    """The HTML of a table with nothing in it but rows, cells and words, whatever was stored."""
    return nh3.clean(table, tags=_TABLE_TAGS, attributes={"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}})


def passage_view(
    passage: Passage, document: DocumentReference, before: str, after: str, tables: Sequence[str]
) -> schemas.PassageView:
    """A passage and the text around it."""
    return schemas.PassageView(
        id=passage.id,
        version_id=passage.version_id,
        document_id=document.document_id,
        corpus_id=document.corpus_id,
        path=document.path,
        title=document.title,
        heading_path=list(passage.heading_path),
        text=passage.text,
        before=before,
        after=after,
        start=passage.start,
        end=passage.end,
        first_page=passage.first_page,
        last_page=passage.last_page,
        page_count=document.page_count,
        tables=[clean_table(table) for table in tables],
        regions=[
            schemas.RegionView(page=region.page, x0=region.x0, y0=region.y0, x1=region.x1, y1=region.y1)
            for region in passage.regions
        ],
    )
