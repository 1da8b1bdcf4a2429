"""What every handler of one desk process works with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from handoff.accounts import Accounts
from handoff.attachments import files_for
from handoff.desk import Desk
from handoff.feed import Feed
from handoff.history import LookBack
from handoff.identity import Identity
from handoff.log import Log
from handoff.model import Conversation
from handoff.queue import HandoffQueue
from handoff.review import Review
from handoff.roster import Presence, Roster
from handoff.settings import Settings
from handoff.store import Store
from handoff.tokens import ConversationTokens
from handoff.web.hints import Hints
from handoff.web.hub import Hub
from handoff.web.limits import Addresses, Rates
from handoff.web.line import Line
from handoff.web.metrics import Metrics
from handoff.web.origins import Origins
from handoff.web.people import People
from handoff.web.sessions import Sessions
from handoff.web.summaries import Summaries
from handoff.web.wire import Wire

SOCKETS_PER_ADDRESS = 100  # an office or a school is one address
HANDSHAKES_PER_SECOND = 10


@dataclass
class Context:
    """One process's share of the desk."""

    settings: Settings
    store: Store
    tokens: ConversationTokens
    wires: set[Wire] = field(default_factory=set)

    def __post_init__(self) -> None:
        settings, store = self.settings, self.store
        self.log = Log(store)
        self.desk = Desk(store)
        self.feed = Feed(store)
        self.queue = HandoffQueue(store)
        self.roster = Roster(store)
        self.presence = Presence()
        self.accounts = Accounts(store)
        self.tls = settings.secure_cookies or (settings.public_url or "").startswith("https:")
        self.sessions = Sessions(store, self.accounts, secure=self.tls)
        self.files = files_for(settings, store)
        self.identity = Identity(store)
        self.review = Review(store)
        self.look_back = LookBack(store)
        self.hub = Hub(self.feed)
        self.hints = Hints(store)
        self.people = People(store, self.accounts, self.presence, settings)
        self.line = Line(store, self.people)
        self.summaries = Summaries(store, self.people)
        self.origins = Origins(settings.widget_origins, settings.public_url)
        self.addresses = Addresses(SOCKETS_PER_ADDRESS, HANDSHAKES_PER_SECOND)
        self.rates = Rates()
        self.metrics = Metrics(self.wires)
        # On channels that are pushed to, the platform shows «typing»; set by handoff.channels.web
        self.show_typing: Callable[[Conversation], None] = lambda _: None
        self.fatal = asyncio.Event()  # set: this process cannot go on and has to be started again


CONTEXT = web.AppKey("context", Context)
