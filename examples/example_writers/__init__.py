"""Writes the example documents, one module per format, from the Markdown files in `sources/`."""
