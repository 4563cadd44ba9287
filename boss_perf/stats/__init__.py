"""Statistics without clock, disk or unseeded randomness; numpy at most."""
