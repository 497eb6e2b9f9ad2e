"""Where documents come from; the sources themselves are in `connectors`."""

from sourcier_ingest.connectors.copying import local_copy, scratch_folder
from sourcier_ingest.connectors.folder import FolderSource
from sourcier_ingest.connectors.found import FoundFile, Source, SourceListing, list_source

__all__ = ["FolderSource", "FoundFile", "Source", "SourceListing", "list_source", "local_copy", "scratch_folder"]
