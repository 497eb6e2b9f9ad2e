"""The one error hierarchy.

Each leaf has a stable ``code``, says whether trying again can help, and its docstring is its default message.
No HTTP here: the API maps codes to statuses at its own border.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar


class SourcierError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split())
        self.details: dict[str, Any] = details
        super().__init__(self.message)


class ConfigurationError(SourcierError):
    """A setting is missing or makes no sense."""

    code = "configuration_invalid"


class EngineUnavailable(SourcierError):
    """A database, index or model server does not answer."""

    code = "engine_unavailable"
    retryable = True


class IndexLocked(EngineUnavailable):
    """The index is in use by another process; talk to the running application instead."""

    code = "index_locked"


class EmbeddingModelChanged(SourcierError):
    """The index at this place was built with another embedding model."""

    code = "embedding_model_changed"


class PreviousEmbeddingModelMissing(SourcierError):
    """The index was made with a model that is no longer on this machine.

    It has to answer until the new model's index is complete: put it back, or take the index away.
    """

    code = "previous_embedding_model_missing"


class EmbeddingModelMissing(SourcierError):
    """The embedding model is not on this machine; run `sourcier setup`."""

    code = "embedding_model_missing"


class ModelFileCorrupt(SourcierError):
    """A model file does not have the expected hash."""

    code = "model_file_corrupt"


class ExtraMissing(SourcierError):
    """This needs an optional extra that is not installed."""

    code = "extra_missing"


class NotFound(SourcierError):
    """There is no such thing, or you may not see it."""

    code = "not_found"


class InvalidRequest(SourcierError):
    """The request cannot be understood."""

    code = "invalid_request"


class SignInRequired(SourcierError):
    """Sign in first: who asks is not known."""

    code = "sign_in_required"


class PermissionDenied(SourcierError):
    """You may not do this."""

    code = "permission_denied"


class SourceFolderNotAllowed(SourcierError):
    """Folders of this machine become sources below those of SOURCIER_SOURCE_FOLDERS only, or by the command line."""

    code = "source_folder_not_allowed"


class SecondPersonRequired(SourcierError):
    """A version is approved by another person than the one who proposed it."""

    code = "second_person_required"


class SourceRefused(SourcierError):
    """The source does not let us in: check its credentials and what they may read."""

    code = "source_refused"


class CredentialsUnreadable(SourcierError):
    """Stored credentials or passwords cannot be decrypted; enter them again, or bring their key file back."""

    code = "credentials_unreadable"


class ConfirmationRequired(SourcierError):
    """This would withdraw an unusual share of the documents and needs a confirmation."""

    code = "confirmation_required"


class StorageFull(SourcierError):
    """The disk is full or read-only; nothing was changed."""

    code = "storage_unavailable"
    retryable = True


class DocumentError(SourcierError):
    """The document could not be loaded."""

    code = "document_failed"


class DocumentUnreadable(DocumentError):
    """The file could not be read from its source."""

    code = "document_unreadable"
    retryable = True


class DocumentEmpty(DocumentError):
    """The file is empty."""

    code = "document_empty"


class DocumentWithoutText(DocumentError):
    """No text was found in the file."""

    code = "document_without_text"


class DocumentTypeUnsupported(DocumentError):
    """This kind of file is not supported."""

    code = "document_type_unsupported"


class DocumentCorrupt(DocumentError):
    """The file is damaged or is not what its name says."""

    code = "document_corrupt"


class DocumentEncodingUnknown(DocumentError):
    """The letters of this text file can be read in several ways; save it as UTF-8 and load it again."""

    code = "document_encoding_unknown"


class DocumentEncrypted(DocumentError):
    """The file is protected by a password, and none that is kept for its corpus opens it."""

    code = "document_encrypted"


class DocumentTooLarge(DocumentError):
    """The file, or what it expands to, is over the limit."""

    code = "document_too_large"


class DocumentHostile(DocumentError):
    """The file tries something no document should (archive bomb, external entity, path outside its archive)."""

    code = "document_hostile"


class ParsingTimedOut(DocumentError):
    """Parsing took longer than the limit and was stopped."""

    code = "parsing_timed_out"
    retryable = True


class ParsingOutOfMemory(DocumentError):
    """Parsing needed more memory than the limit and was stopped."""

    code = "parsing_out_of_memory"
    retryable = True


class ParsingCrashed(DocumentError):
    """The parser crashed; nothing else was affected."""

    code = "parsing_crashed"
    retryable = True


class DocumentPurged(DocumentError):
    """This document was purged; allow it again, or remove the file from the source."""

    code = "document_purged"


class AccessManifestInvalid(DocumentError):
    """The access manifest is not valid; only administrators may read what is in its folder and below."""

    code = "access_manifest_invalid"


class DocumentRejected(DocumentError):
    """A person has rejected this content."""

    code = "document_rejected"


class DocumentIgnored(DocumentError):
    """Hidden files, lock files and what file managers leave behind are not loaded."""

    code = "document_ignored"


class DocumentGone(DocumentError):
    """The file is no longer in its source, and nothing of it was stored."""

    code = "document_gone"


class UploadNotKept(DocumentError):
    """Nothing of this uploaded file was kept: upload it again."""

    code = "upload_not_kept"


class OpticalRecognitionMissing(DocumentError):
    """The pages are images and no text recognition is installed (tesseract language data)."""

    code = "ocr_missing"


class ConverterMissing(DocumentError):
    """Files of this older format are read through LibreOffice, which is not installed (Debian: libreoffice-nogui)."""

    code = "converter_missing"


class LoadCancelled(DocumentError):
    """The load was cancelled before this document was done."""

    code = "load_cancelled"
    retryable = True


class ChatModelError(SourcierError):
    """The language model failed."""

    code = "chat_model_failed"
    retryable = True


class ChatModelUnavailable(ChatModelError):
    """The language model's server cannot be reached."""

    code = "chat_model_unavailable"


class ChatModelTimedOut(ChatModelError):
    """The language model did not answer in time."""

    code = "chat_model_timed_out"


class ChatModelInterrupted(ChatModelError):
    """The language model's server went away in the middle of the answer."""

    code = "chat_model_interrupted"


class RerankingFailed(SourcierError):
    """The reranker failed or was too slow; the search keeps its first order."""

    code = "reranking_failed"
    retryable = True


class EntailmentFailed(SourcierError):
    """The entailment model failed; the claim is judged by its words, figures and names alone."""

    code = "entailment_failed"
    retryable = True


class RecordFailed(SourcierError):
    """The answer could not be recorded, so it is not shown."""

    code = "record_failed"
    retryable = True


class PageUnavailable(SourcierError):
    """This page cannot be shown."""

    code = "page_unavailable"


def all_error_types() -> Iterator[type[SourcierError]]:
    """Every error type, the root first."""
    pending: list[type[SourcierError]] = [SourcierError]
    while pending:
        error_type = pending.pop(0)
        yield error_type
        pending.extend(error_type.__subclasses__())


def document_error_by_code(code: str) -> type[DocumentError]:
    """The document error type with this code; `DocumentError` itself when the code is unknown."""
    for error_type in all_error_types():
        if error_type.code == code and issubclass(error_type, DocumentError):
            return error_type
    return DocumentError


def error_by_code(code: str, message: str, details: Mapping[str, Any]) -> SourcierError:
    """An error as another process told it; a plain `SourcierError` when the code is unknown."""
    for error_type in all_error_types():
        if error_type.code == code:
            return error_type(message, **details)
    return SourcierError(message)
