"""Response parsing as BOSS does it: strip, split at the fences, parse, and parse again. Frozen: do not speed it up.

About 3 µs and 5 µs per KB; each step copies the text. BOSS lets through what `json` raises for integers of more than
4 300 digits and for nesting beyond the recursion limit; here both mean that there is no JSON.
"""

import json
from typing import Any

from .contract import ResponseParser


class BaselineResponseParser(ResponseParser):
    """The standard library's decoder over split text."""

    def parse(self, content: str) -> Any:
        """The JSON value in the content; None where there is none, where it is null, or nested beyond recursion."""
        text = content.strip()
        try:
            if "```json" in text:
                text = text.split("```json")[1].split("```")[0].strip()
            elif "```" in text:
                text = text.split("```")[1].split("```")[0].strip()
            return json.loads(text)
        except (ValueError, RecursionError):
            try:
                start = text.find("{")
                end = text.rfind("}") + 1
                if start >= 0 and end > start:
                    return json.loads(text[start:end])
            except (ValueError, RecursionError):
                return None
        return None
