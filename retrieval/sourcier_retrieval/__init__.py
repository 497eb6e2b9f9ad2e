"""Search, prompt, answer, and check every claim against the stored source."""
