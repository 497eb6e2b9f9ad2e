"""Fetch, parse, chunk, embed, index and publish documents without losing any."""
