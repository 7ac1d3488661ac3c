"""What every client of a server over HTTP needs: whom to trust, and how an address is shown."""

from functools import cache
from ssl import SSLContext

import httpx2

__all__ = ["shown_url", "tls"]


@cache
def tls() -> SSLContext:
    """What certificates are trusted: read once, for that takes a tenth of a second."""
    return httpx2.create_ssl_context()


def shown_url(url: httpx2.URL | str) -> str:
    """An address without what is secret in it."""
    return str(httpx2.URL(url).copy_with(username=None, password=None, query=None))
