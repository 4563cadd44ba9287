"""The words that the language operations know."""

from collections.abc import Mapping

CONTRACTIONS: Mapping[str, str] = {
    "i": "I",
    "im": "I'm",
    "Ive": "I've",
    "dont": "don't",
    "doesnt": "doesn't",
    "didnt": "didn't",
    "wont": "won't",
    "cant": "can't",
    "isnt": "isn't",
    "arent": "aren't",
    "wasnt": "wasn't",
    "couldnt": "couldn't",
    "shouldnt": "shouldn't",
    "wouldnt": "wouldn't",
    "youre": "you're",
    "youve": "you've",
    "theyre": "they're",
    "weve": "we've",
    "shes": "she's",
    "thats": "that's",
    "whats": "what's",
    "theres": "there's",
}
"""Words to replace. No replacement contains a word that is itself to be replaced, so the order does not matter."""

_GOOD_WORDS = """
    good great excellent wonderful superb brilliant happy glad love lovely best better perfect pleasant helpful
    useful reliable fast easy clear friendly impressive enjoy success improved thanks recommend satisfied
"""
_BAD_WORDS = """
    bad terrible awful horrible poor worst worse hate sad angry annoying slow broken useless wrong unclear
    difficult failure failed error problem regret waste disappointing unreliable rude late complaint
"""
_STRONG_WORDS = "very extremely really highly completely totally truly deeply particularly remarkably"

POSITIVE = frozenset(_GOOD_WORDS.split())
NEGATIVE = frozenset(_BAD_WORDS.split())
INTENSIFIERS = frozenset(_STRONG_WORDS.split())

TRANSLATIONS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("en", "es"): (
        {
            "hello": "hola",
            "goodbye": "adiós",
            "please": "por favor",
            "yes": "sí",
            "no": "no",
            "day": "día",
            "night": "noche",
            "house": "casa",
            "water": "agua",
            "bread": "pan",
            "friend": "amigo",
            "work": "trabajo",
            "world": "mundo",
            "big": "grande",
            "small": "pequeño",
            "new": "nuevo",
            "time": "tiempo",
        }
    ),
    ("es", "en"): (
        {
            "hola": "hello",
            "adiós": "goodbye",
            "sí": "yes",
            "no": "no",
            "día": "day",
            "noche": "night",
            "casa": "house",
            "agua": "water",
            "pan": "bread",
            "amigo": "friend",
            "trabajo": "work",
            "mundo": "world",
            "grande": "big",
            "pequeño": "small",
            "nuevo": "new",
            "tiempo": "time",
        }
    ),
}

PUNCTUATION = ".,;:!?()\"'"
"""What a translation takes off a word and puts back behind it."""
