"""Measures retrieval, citations, refusal and speed on public sets."""
