"""The FastAPI application: routes, one error shape, safe headers, the built page."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from sourcier_api import (
    routes_ask,
    routes_documents,
    routes_loads,
    routes_passwords,
    routes_plans,
    routes_reconciliation,
    routes_reviews,
    routes_search,
    routes_sources,
    schemas,
    views,
)
from sourcier_api.application import Services, reembedding_beside, worker_inside
from sourcier_api.dependencies import PrincipalHere, ServicesHere
from sourcier_api.identity import identify
from sourcier_api.schemas_sources import PlanProgressView
from sourcier_api.status import examine
from sourcier_api.validation import invalid_request
from sourcier_api.version import software_version
from sourcier_core.access import LOCAL_ADMINISTRATOR
from sourcier_core.errors import InvalidRequest, NotFound, PermissionDenied, SignInRequired, SourcierError

logger = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_STATUSES = {
    "not_found": 404,
    "source_folder_not_allowed": 403,
    "page_unavailable": 404,
    "invalid_request": 422,
    "sign_in_required": 401,
    "permission_denied": 403,
    "confirmation_required": 409,
    "configuration_invalid": 400,
    "source_refused": 409,
    "credentials_unreadable": 409,
    "extra_missing": 409,
    "storage_unavailable": 507,
    "engine_unavailable": 503,
    "index_locked": 503,
    "chat_model_unavailable": 503,
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
_ROUTES = (
    routes_ask,
    routes_search,
    routes_documents,
    routes_loads,
    routes_passwords,
    routes_plans,
    routes_sources,
    routes_reviews,
    routes_reconciliation,
)
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def _error_response(error: SourcierError, status: int | None = None) -> JSONResponse:
    body = schemas.ErrorResponse(error=views.error_body(error))
    return JSONResponse(body.model_dump(mode="json"), status or _STATUSES.get(error.code, 500))


def _add_error_handlers(application: FastAPI) -> None:
    def ours(_request: Request, error: Exception) -> Response:
        return _error_response(error if isinstance(error, SourcierError) else SourcierError())

    def invalid(_request: Request, error: Exception) -> Response:
        return _error_response(invalid_request(error.errors() if isinstance(error, RequestValidationError) else []))

    def http(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _error_response(NotFound() if status == 404 else InvalidRequest(), status)

    def unexpected(_request: Request, error: Exception) -> Response:
        logger.error("unexpected error", exc_info=error)
        return _error_response(SourcierError("An unexpected error occurred; the server's log has the details."))

    application.add_exception_handler(SourcierError, ours)
    application.add_exception_handler(RequestValidationError, invalid)
    application.add_exception_handler(HTTPException, http)
    application.add_exception_handler(Exception, unexpected)


def _same_site(request: Request) -> bool:
    """A browser names the page a request comes from; another site's page may not change anything here."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.method not in _SAFE_METHODS and not _same_site(request):
        return _error_response(InvalidRequest("This request comes from another site's page."), 403)
    if request.scope["path"].startswith("/api/"):
        services: Services = request.app.state.services
        try:
            request.state.principal = identify(request, services.engines.settings, services.local_token)
        except SignInRequired as error:
            return _error_response(error)
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _add_status_routes(application: FastAPI) -> None:
    @application.get("/healthz", tags=["status"])
    def healthz() -> schemas.HealthView:  # pyright: ignore[reportUnusedFunction]
        """Whether the process is alive."""
        return schemas.HealthView()

    @application.get("/readyz", tags=["status"], responses={503: {"model": schemas.ReadinessView}})
    def readyz(services: ServicesHere, response: Response) -> schemas.ReadinessView:  # pyright: ignore[reportUnusedFunction]
        """Whether every engine answers."""
        engines = {"postgresql": services.engines.database.answers(), "index": True}
        try:
            services.engines.index.describe()
        except SourcierError:
            engines["index"] = False
        ready = all(engines.values())
        response.status_code = 200 if ready else 503
        return schemas.ReadinessView(ready=ready, engines=engines)

    @application.get("/api/status", tags=["status"])
    def status(services: ServicesHere, principal: PrincipalHere) -> schemas.StatusView:  # pyright: ignore[reportUnusedFunction]
        """Engines, models, memory, and what is missing; for administrators."""
        if not principal.is_administrator:
            raise PermissionDenied
        return examine(services)

    @application.get("/api/me", tags=["status"])
    def me(principal: PrincipalHere) -> schemas.PersonView:  # pyright: ignore[reportUnusedFunction]
        """Who asks, as this installation knows them."""
        return schemas.PersonView(
            id=principal.id,
            groups=sorted(principal.groups),
            is_administrator=principal.is_administrator,
            is_local=principal == LOCAL_ADMINISTRATOR,
        )


def _describe_events(application: FastAPI) -> None:
    """Add the bodies of server-sent events to the OpenAPI document, which knows only whole responses."""
    describe = application.openapi
    progress = (schemas.ProgressEvent, schemas.SourcesEvent, schemas.TokenEvent)
    events = (*progress, schemas.ClaimEvent, schemas.DoneEvent, schemas.ErrorEvent, PlanProgressView)

    def described() -> dict[str, Any]:
        document = describe()
        known = document["components"]["schemas"]
        _, extra = models_json_schema(
            [(event, "serialization") for event in events], ref_template="#/components/schemas/{model}"
        )
        for name, schema in extra["$defs"].items():
            known.setdefault(name, schema)
        return document

    application.openapi = described


def create_application(open_services: Callable[[], Services], *, allowed_hosts: list[str], run_worker: bool) -> FastAPI:
    """The application. Services are opened when it starts and closed when it stops."""

    @contextlib.asynccontextmanager
    async def life(application: FastAPI) -> AsyncGenerator[None]:
        services = open_services()
        application.state.services = services
        try:
            with reembedding_beside(services, works=run_worker):
                async with worker_inside(services) if run_worker else contextlib.nullcontext():
                    yield
        finally:
            await services.aclose()

    application = FastAPI(
        title="Sourcier",
        version=software_version(),
        description="Answers from your own documents, with sources a machine has checked.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        responses={422: {"model": schemas.ErrorResponse}, "default": {"model": schemas.ErrorResponse}},
        # Whatever OTEL_… the environment holds: FastAPI can send spans, metrics and validation errors (with what was
        # asked in them) to a collector. Nothing leaves the site.
        telemetry={
            "auto_configure": False,
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
        },
    )
    application.middleware("http")(_guard)
    application.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts)
    _add_error_handlers(application)
    _add_status_routes(application)
    for module in _ROUTES:
        application.include_router(module.router)
    _describe_events(application)
    if (_STATIC / "index.html").is_file():
        application.mount("/", StaticFiles(directory=_STATIC, html=True), name="page")
    return application
