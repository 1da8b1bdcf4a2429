"""Whose pages may talk to the desk."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web


class Origins:
    """`widget` are the sites that carry the chat; the desk's own origin is always one of them."""

    def __init__(self, widget: Iterable[str], public_url: str | None) -> None:
        self._widget = {origin.rstrip("/").casefold() for origin in widget}
        self._public = _origin_of(public_url) if public_url else None

    def own(self, request: web.Request) -> bool:
        """The request comes from a page of this desk."""
        origin = request.headers.get("Origin", "").casefold()
        # Without PUBLIC_URL, the address that the browser itself says it is calling.
        return origin in (
            {self._public}
            if self._public
            else {f"http://{request.host}".casefold(), f"https://{request.host}".casefold()}
        )

    def widget(self, request: web.Request) -> bool:
        """The request comes from a page that may carry the chat. No origin, or `null`, is nobody's
        page."""
        origin = request.headers.get("Origin", "").casefold()
        if not origin or origin == "null":
            return False
        return origin in self._widget or "*" in self._widget or self.own(request)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".casefold()
