"""Frozen values that travel through the house; no behaviour beyond what a value knows about itself."""
