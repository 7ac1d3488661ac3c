"""Who may ask: whoever has the token; without one this machine's own programs, and no page of a browser.

A page of any site can send requests to a server on loopback, and have a name of its own stand for the address; so what
says that it comes from a page is refused unless its site is named, and without a token the name has to be this
machine's.
"""

import hmac
from collections.abc import Collection
from ipaddress import ip_address

from starlette.requests import Request

from agent.serving.requests import RequestRefused

__all__ = ["Guard", "is_loopback"]

TOKEN = "TICKERTAPE_SERVE_TOKEN"  # noqa: S105 - the name of a variable


def is_loopback(host: str | None) -> bool:
    """Whether an address or a name is this machine's alone."""
    host = (host or "").strip("[]").lower()
    if host == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


class Guard:
    """Judges requests."""

    def __init__(self, token: str | None, origins: Collection[str]) -> None:
        """`origins` are the sites whose pages may ask."""
        self._token = token
        self._origins = frozenset(origins)

    def check(self, request: Request) -> None:
        """Raises:
        RequestRefused: whoever sends it may not ask.
        """
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._origins and "*" not in self._origins:
            raise RequestRefused(403, "pages of this site may not ask; name it with --origin")
        if self._token is not None:
            kind, _, given = request.headers.get("authorization", "").partition(" ")
            is_right = hmac.compare_digest(given.strip().encode(), self._token.encode())
            if kind.lower() != "bearer" or not is_right:
                raise RequestRefused(401, "a token is needed: Authorization: Bearer TOKEN")
            return
        ours, theirs = request.scope.get("server"), request.scope.get("client")
        hosts = [place[0] if place else None for place in (ours, theirs)]
        if not all(map(is_loopback, [*hosts, request.url.hostname])):
            raise RequestRefused(403, f"only this machine's programs may ask; set {TOKEN} for others")
