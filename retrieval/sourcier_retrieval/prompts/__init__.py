"""Versioned prompt texts, and the values put into them."""
