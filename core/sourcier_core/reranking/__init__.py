"""Rerankers: a second model that reads question and passage together."""
