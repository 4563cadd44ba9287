"""Finding the JSON in what a language model wrote: split and parse; or slice once and decode with msgspec."""

from .baseline import BaselineResponseParser
from .contract import ResponseParser
from .corpora import NASTY, Form, corpus, response
from .optimized import OptimizedResponseParser

__all__ = ["NASTY", "BaselineResponseParser", "Form", "OptimizedResponseParser", "ResponseParser", "corpus", "response"]
