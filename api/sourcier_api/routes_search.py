"""Finding passages without an answer."""

from fastapi import APIRouter

from sourcier_api import schemas, views
from sourcier_api.dependencies import PrincipalHere, ServicesHere, scope_for
from sourcier_retrieval.search import SearchMode

router = APIRouter(prefix="/api", tags=["questions"])


@router.post("/search")
def search(wanted: schemas.SearchRequest, services: ServicesHere, principal: PrincipalHere) -> schemas.SearchView:
    """The passages nearest to a question, of those the caller may read; nothing is answered, nothing recorded."""
    scope = scope_for(services, principal, wanted.corpora, wanted.as_of, wanted.only)
    hits = services.search.search(wanted.question, scope=scope, limit=wanted.limit, mode=SearchMode(wanted.mode))
    return schemas.SearchView(hits=[views.hit_view(hit) for hit in hits])
