"""Imported once by the clean server that children are forked from."""

from sourcier_ingest.parsing import unstructured_offline

unstructured_offline.prepare()

from sourcier_ingest.parsing import examined  # noqa: E402 - the stand-ins must be there first

__all__ = ["examined"]
