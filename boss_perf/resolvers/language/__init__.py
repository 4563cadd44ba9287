"""Simple language operations: a pass over the text for every rule; or one for all of them."""

from .baseline import BaselineLanguage
from .contract import LanguageResolver
from .corpora import edge_texts, english
from .optimized import OptimizedLanguage

__all__ = ["BaselineLanguage", "LanguageResolver", "OptimizedLanguage", "edge_texts", "english"]
