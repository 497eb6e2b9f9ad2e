"""The command line's view of the HTTP interface."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, connect_sse

from sourcier_api import schemas, schemas_reconciliation
from sourcier_api.announcement import RunningApplication
from sourcier_api.schemas_accounts import NeverStoredList, PageList, PageView
from sourcier_core.errors import EngineUnavailable, error_by_code


def _raise_for(body: schemas.ErrorBody) -> None:
    raise error_by_code(body.code, body.message, body.details)


class Client:
    """Calls the application; its errors come back as ours."""

    def __init__(self, application: RunningApplication) -> None:
        self._http = httpx.Client(
            base_url=application.url,
            headers={"X-Sourcier-Token": application.token},
            timeout=httpx.Timeout(30, read=None),
            trust_env=False,
        )

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def request(self, method: str, path: str, **options: Any) -> Any:
        """The JSON body of a response. Raises the SourcierError it names."""
        return self._send(method, path, **options).json()

    def text(self, path: str) -> str:
        """The text of a response. Raises the SourcierError it names."""
        return self._send("GET", path).text

    def send(self, method: str, path: str) -> None:
        """A request whose response has no body. Raises the SourcierError it names."""
        self._send(method, path)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"The application does not answer: {error}") from error
        if response.is_error:
            _raise_for(schemas.ErrorResponse.model_validate_json(response.content).error)
        return response

    def events(self, method: str, path: str, **options: Any) -> Iterator[ServerSentEvent]:
        """The events of a stream; an `error` event, or an error instead of a stream, is raised."""
        try:
            with connect_sse(self._http, method, path, **options) as source:
                if source.response.is_error:
                    body = source.response.read()
                    _raise_for(schemas.ErrorResponse.model_validate_json(body).error)
                for event in source.iter_sse():
                    if event.event == "error":
                        _raise_for(schemas.ErrorBody.model_validate(json.loads(event.data)["error"]))
                    yield event
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"The application went away: {error}") from error

    def status(self) -> schemas.StatusView:
        """Engines, models, memory."""
        return schemas.StatusView.model_validate(self.request("GET", "/api/status"))

    def corpora(self) -> list[schemas.CorpusView]:
        """The corpora."""
        return [schemas.CorpusView.model_validate(item) for item in self.request("GET", "/api/corpora")]

    def documents(self, **query: Any) -> schemas.DocumentList:
        """Documents that match."""
        chosen = {name: value for name, value in query.items() if value is not None}
        return schemas.DocumentList.model_validate(self.request("GET", "/api/documents", params=chosen))

    def never_stored(self, **query: Any) -> NeverStoredList:
        """Files of which nothing could be stored."""
        chosen = {name: value for name, value in query.items() if value is not None}
        return NeverStoredList.model_validate(self.request("GET", "/api/never-stored", params=chosen))

    def pages(self, document_id: str) -> Iterator[PageView]:
        """What each page of a document's newest content gave, in order."""
        document = schemas.DocumentView.model_validate(self.request("GET", f"/api/documents/{document_id}"))
        read = 0
        while True:
            address = f"/api/versions/{document.version_id}/pages"
            found = PageList.model_validate(self.request("GET", address, params={"offset": read, "limit": 2000}))
            yield from found.items
            read += len(found.items)
            if not found.items or read >= found.total:
                return

    def loads(self, *, corpus: str | None = None) -> list[schemas.LoadView]:
        """The newest loads, newest first."""
        chosen = {} if corpus is None else {"corpus": corpus}
        return [schemas.LoadView.model_validate(item) for item in self.request("GET", "/api/loads", params=chosen)]

    def follow(self, load_id: str) -> Iterator[schemas.LoadView]:
        """A load as it goes on."""
        for event in self.events("GET", f"/api/loads/{load_id}/events"):
            yield schemas.LoadView.model_validate_json(event.data)

    def reconciled_files(self) -> Iterator[schemas_reconciliation.ReconciledFileView]:
        """Every file of the newest reconciliation."""
        offset = 0
        while True:
            body = self.request("GET", "/api/reconciliations/last/files", params={"limit": 500, "offset": offset})
            found = schemas_reconciliation.ReconciledFileList.model_validate(body)
            yield from found.items
            offset += len(found.items)
            if not found.items or offset >= found.total:
                return
