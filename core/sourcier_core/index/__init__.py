"""The passage index: one port, adapters for Qdrant Edge, a Qdrant server and memory."""
