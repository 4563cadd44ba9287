"""Commands."""

COMMANDS: dict[str, object] = {}
