"""The channel is configured by credentials.yml alone, and says what is wrong with it."""

from __future__ import annotations

import pytest
from rasa.core.channels.channel import InputChannel
from rasa.core.run import create_http_input_channels
from sanic import Blueprint

from bot.channel import TurnChannel
from bot.guards import NotOurs
from bot.worker import Limits
from ops.places import ROOT


def test_rasa_makes_it_from_our_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///tmp/x.sock")
    (channel,) = create_http_input_channels(None, str(ROOT / "credentials.yml"))
    assert isinstance(channel, TurnChannel)
    assert channel.redis_url == "unix:///tmp/x.sock"
    assert channel.limits == Limits(conversations=4, turn=20, stop=8)


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        (None, "REDIS_URL is missing"),
        ({}, "REDIS_URL is missing"),
        ({"redis_url": "${REDIS_URL}"}, "REDIS_URL is missing"),
        ({"redis_url": "redis://x", "speed": 3}, "speed"),
        ({"redis_url": "redis://x", "turn": "long"}, "long"),
    ],
)
def test_what_is_wrong_is_said(credentials: dict[str, object] | None, told: str) -> None:
    with pytest.raises(NotOurs, match=told):
        TurnChannel.from_credentials(credentials)


def test_nothing_can_be_posted_to_it() -> None:
    channel: InputChannel = TurnChannel("redis://x", Limits())

    async def never(_: object) -> None:
        raise AssertionError

    door = channel.blueprint(never)
    assert isinstance(door, Blueprint)
    methods = {method for route in door._future_routes for method in route.methods or ()}
    assert methods == {"GET"}
    # Rasa would talk to a customer through it, past the log.
    assert channel.get_output_channel() is None
