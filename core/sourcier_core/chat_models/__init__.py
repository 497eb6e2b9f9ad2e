"""Chat models: an OpenAI-compatible URL, a supervised local server, in-process transformers."""
