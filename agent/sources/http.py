"""What every client of a server over HTTP needs: whom to trust, how an address is shown, what cannot be read."""

from contextlib import suppress
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx2
import msgspec

__all__ = ["badly_packed", "json_or_text", "read_error", "shown_url", "tls", "unread_coding"]

_LONGEST_ERROR = 2**20
"""Bytes of an error's body that are read."""


@cache
def tls() -> SSLContext:
    """What certificates are trusted: read once, for that takes a tenth of a second."""
    return httpx2.create_ssl_context()


def shown_url(url: httpx2.URL | str) -> str:
    """An address without what is secret in it."""
    return str(httpx2.URL(url).copy_with(username=None, password=None, query=None))


def badly_packed(response: httpx2.Response, error: httpx2.DecodingError) -> httpx2.DecodingError:
    """The error of a body that cannot be unpacked, in words that say what that is."""
    words = f"the answer is not packed as its Content-Encoding says ({_coding(response)}: {error})"
    return httpx2.DecodingError(words, request=response.request)


def unread_coding(response: httpx2.Response) -> str | None:
    """How a body is packed that nobody could unpack: in a way that was not asked for; None where that is not so."""
    known = {"identity", *_codings(response.request.headers.get("accept-encoding", ""))}
    return _coding(response) if _codings(_coding(response)) - known else None


def _codings(header: str) -> set[str]:
    return {one.partition(";")[0].strip() for one in header.lower().split(",")} - {""}


def _coding(response: httpx2.Response) -> str:
    return str(response.headers.get("content-encoding", ""))


async def read_error(response: httpx2.Response) -> bytes:
    """The body of an answer that is no success, as far as anybody would read it and it can be read.

    A body that breaks takes nothing from the status, which says more.
    """
    read = b""
    with suppress(httpx2.HTTPError):
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
