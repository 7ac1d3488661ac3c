"""How the model's output is cut into fragments, the pieces a hosted model would call tokens: short words, up to three
digits, runs of punctuation. It owns the cut and the compact JSON of arguments; joined, the fragments are the text.
"""

import json
import re
from collections.abc import Mapping

__all__ = ["compact_json", "fragments"]

_FRAGMENT = re.compile(r" ?[^\W\d_]{1,12}|[0-9]{1,3}| ?_?[^\w\s]{1,4}|_[^\W\d_]{1,12}|\s{1,4}|.", re.DOTALL)


def fragments(text: str) -> list[str]:
    """The fragments of a text, in order."""
    return _FRAGMENT.findall(text)


def compact_json(arguments: Mapping[str, object]) -> str:
    """JSON without blanks, and with every character of another script as itself."""
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
