"""Evidence on disk: what was observed, when, on what, of which code."""
