"""Domain types: frozen values, no behaviour that needs an engine."""
