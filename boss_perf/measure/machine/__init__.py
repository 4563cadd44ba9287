"""The machine that is measured on: one session at a time, what it is, what disturbs it, and nothing left behind."""
