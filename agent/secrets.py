"""Keeps secrets out of what is written down and shown: errors and logs quote addresses, headers and keys.

It owns which texts are secret: those of an environment whose names say so, and what looks like one wherever it stands.
What a tool gives of its own accord, and what a model says, is not touched.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

__all__ = ["Secrets"]

_SHORTEST = 8
"""Characters of a value that is taken for a secret: a shorter one stands in ordinary words, too."""
_NAME = re.compile(r"(?i)(?:^|[_-])(?:api_?)?(?:key|token|secret|password|passwd|credentials?|authorization|cookie)s?$")
_PUBLIC_HEADERS = {"accept", "content-type", "http-referer", "referer", "user-agent", "x-title"}
# Compiled when a text is first looked through, and kept by `re`: the first frame waits for none.
_LOOKS = (
    # https://user:password@host
    (r"(?<=://)[^/\s@'\"]+@", "…@"),
    # ?api_key=…
    (r"(?i)([?&][\w-]*(?:key|token|secret|signature|sig|password)=)[^&\s'\"#)]+", r"\1…"),
    # Authorization: Bearer …, in words and in the texts of dictionaries
    (r"(?i)\b(bearer|basic) +(?=[\w.~+/=-]*\d)[\w.~+/=-]{6,}", r"\1 …"),
    (r"(?i)((?:api[-_]key|authorization|cookie|password)['\"]?\s*[:=]\s*['\"]?)[^\s'\",&}]{3,}", r"\1…"),
    # Keys that begin as providers' keys do
    (r"\b(?:sk|pk|rk|gsk|xai|ghp|hf|AIza)[-_A-Z][\w-]{10,}", "…"),
)


class Secrets:
    """Texts that are to stand in no file and on no screen."""

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        """`values` are secret whatever they look like, but for very short ones; of an address it is the password."""
        secrets = {secret for value in values if value for secret in _secret_parts(value.strip())}
        self._values = sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True)

    @classmethod
    def of(cls, environ: Mapping[str, str], *more: str | None, headers: Mapping[str, str] | None = None) -> "Secrets":
        """Those of an environment by their names, of headers but for those that everybody sends, and `more` that are
        known."""
        named = [value for name, value in environ.items() if _NAME.search(name)]
        named += [value for name, value in (headers or {}).items() if name.lower() not in _PUBLIC_HEADERS]
        addresses = [value for value in environ.values() if "://" in value]
        return cls([*named, *addresses, *more])

    def hidden(self, text: str) -> str:
        """`text` with `…` in the place of every secret in it."""
        for value in self._values:
            text = text.replace(value, "…")
        for look, instead in _LOOKS:
            text = re.sub(look, instead, text)
        return text

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where secrets stand in `text`: where each begins and ends, apart from each other, in their order."""
        found = [match.span() for value in self._values for match in re.finditer(re.escape(value), text)]
        # What a look takes along to know a secret by is none of it.
        found += [
            (match.end(1) if look.groups else match.start(), match.end())
            for look in map(re.compile, (pattern for pattern, _ in _LOOKS))
            for match in look.finditer(text)
        ]
        return _apart(found)

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Where parts of known secrets stand in `text`, of eight characters or more: for one that is cut where its room
        ends."""
        parts = {value[at : at + _SHORTEST] for value in self._values for at in range(len(value) - _SHORTEST + 1)}
        starts = range(len(text) - _SHORTEST + 1)
        return _apart((at, at + _SHORTEST) for at in starts if text[at : at + _SHORTEST] in parts)


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in their order, those that touch as one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((start, end))
    return apart


def _secret_parts(value: str) -> list[str]:
    if "://" not in value:
        return [value]
    try:
        password = urlsplit(value).password
    except ValueError:  # no address after all
        return [value]
    return [password, unquote(password)] if password else []
