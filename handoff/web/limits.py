"""How much one customer and one address may ask of the desk."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from aiohttp import web
from aiolimiter import AsyncLimiter

T = TypeVar("T")


class Bucket:
    """A token bucket that answers at once instead of waiting: `burst` at a time, `rate` per
    second."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._limiter = AsyncLimiter(burst, burst / rate)

    async def take(self) -> bool:
        if not self._limiter.has_capacity():
            return False
        await self._limiter.acquire()  # has capacity, so it does not wait
        return True

    @property
    def retry(self) -> float:
        """Seconds until there is room for one more, at most."""
        return round(1 / self._rate, 1)


class MessageRate:
    """What one conversation may send: 5 messages a second with a burst of 10, and 60 a minute."""

    def __init__(self, per_second: float = 5, burst: float = 10, per_minute: float = 60) -> None:
        self._buckets = (Bucket(per_second, burst), Bucket(per_minute / 60, per_minute))

    async def refuse(self) -> float | None:
        """None if one more is fine, else the seconds after which to try again."""
        for bucket in self._buckets:
            if not await bucket.take():
                return bucket.retry
        return None


class Rates:
    """What a conversation and an address may send, however many sockets they open or reopen."""

    def __init__(self) -> None:
        self._conversations: Remembered[MessageRate] = Remembered(MessageRate)
        self._addresses: Remembered[Bucket] = Remembered(lambda: Bucket(20, 200))

    async def refuse(self, conversation: str, address: str) -> float | None:
        """None if one more message is fine, else the seconds after which to try again."""
        bucket = self._addresses[address]
        if not await bucket.take():
            return bucket.retry
        return await self._conversations[conversation].refuse()


class Remembered(Generic[T]):
    """One of a kind per name, made when first asked for; the longest unused are forgotten."""

    MOST = 20_000

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: OrderedDict[str, T] = OrderedDict()

    def __getitem__(self, name: str) -> T:
        if name not in self._kept:
            self._kept[name] = self._make()
            if len(self._kept) > self.MOST:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]


class Addresses:
    """Sockets and handshakes per address, in this process."""

    def __init__(self, sockets: int, handshakes: float) -> None:
        self._most = sockets
        self._open: Counter[str] = Counter()
        self._buckets = Remembered(lambda: Bucket(handshakes, handshakes * 3))

    async def enter(self, address: str) -> bool:
        """Counts a socket in, unless that address has too many or comes too fast."""
        if self._open[address] >= self._most or not await self._buckets[address].take():
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]


def address_of(request: web.Request, proxies: int) -> str:
    """Who is calling. `proxies` says how many of our own stand in front; only they are believed."""
    if proxies:
        passed = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(passed) >= proxies and passed[-proxies]:
            return passed[-proxies]
    return request.remote or "unknown"
