"""Views of evidence: each renders what it is given and measures nothing."""
