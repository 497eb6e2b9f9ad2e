"""Withdrawing what a load no longer found, once a person has looked at it and said so."""

from sourcier_core.db import loads
from sourcier_core.db.database import Database
from sourcier_core.db.held_back import held_back
from sourcier_core.db.loads import Load
from sourcier_core.errors import ConfirmationRequired, InvalidRequest
from sourcier_ingest.loading import LoadOptions, request_load
from sourcier_ingest.retrying import place_of


def confirm_withdrawals(database: Database, load_id: str, *, at_most: int, by: str) -> Load:
    """Load a source again and withdraw what is still gone from it.

    It is looked at anew, so that files which are back by then stay; when more than `at_most` documents are gone by
    then, they are kept and that load waits for a confirmation in its turn.

    Raises:
        NotFound: there is no such load.
        InvalidRequest: nothing waits in it for a confirmation (any more).
        ConfirmationRequired: more waits in it than was seen.
    """
    with database.transaction() as connection:
        earlier = loads.get_load(connection, load_id)
        waiting = len(held_back(connection, earlier).paths)
    if not waiting:
        raise InvalidRequest("Nothing waits in this load for a confirmation.")
    if waiting > at_most:
        raise ConfirmationRequired(f"By now {waiting} documents are gone, more than were seen: look at them again.")
    options = LoadOptions(**place_of(earlier), confirm_withdrawals=True, withdraw_at_most=at_most)
    return request_load(database, corpus_id=earlier.corpus_id, source=earlier.source, options=options, requested_by=by)
