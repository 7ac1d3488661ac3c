"""What every client of a server over HTTP needs: whom to trust, how an address is shown, what an error comes with."""

from functools import cache
from ssl import SSLContext
from typing import Any

import httpx2
import msgspec

__all__ = ["json_or_text", "read_error", "shown_url", "tls"]

_LONGEST_ERROR = 2**20
"""Bytes of an error's body that are read."""


@cache
def tls() -> SSLContext:
    """What certificates are trusted: read once, for that takes a tenth of a second."""
    return httpx2.create_ssl_context()


def shown_url(url: httpx2.URL | str) -> str:
    """An address without what is secret in it."""
    return str(httpx2.URL(url).copy_with(username=None, password=None, query=None))


async def read_error(response: httpx2.Response) -> bytes:
    """The body of an answer that is no success, as far as anybody would read it."""
    read = b""
    async for piece in response.aiter_bytes():
        read += piece
        if len(read) > _LONGEST_ERROR:
            break
    return read


def json_or_text(text: str) -> Any:
    """What an error says: its JSON, else its words."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
