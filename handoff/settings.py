"""Every setting of Baton: read once, at start, checked by name. docs/operations.md describes
each one; a test sees to it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from handoff.hours import Hours

VAR = Path("var")
RESERVED = ("website", "telegram", "messenger")  # channels that are no app of one's own


class WrongSetting(Exception):
    """A setting is missing or cannot be read; the message names it and says what is expected."""


def _setting(default: Any, read: Callable[[str], Any]) -> Any:
    return field(default=default, metadata={"read": read})


def _text(value: str) -> str:
    return value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("an address such as https://support.example")
    return value


def _secret(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value):
        raise ValueError("16 to 256 letters, digits, _ and - (try `openssl rand -hex 32`)")
    return value


def _channel(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,30}", value) or value in RESERVED:
        raise ValueError("a name of small letters, digits and -, such as myapp")
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise ValueError("a port, a number from 1 to 65535")
    return int(value)


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number, 0 or more")
    return int(value)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e7:
        raise ValueError("a number of seconds, more than 0")
    return seconds


def _yes(value: str) -> bool:
    if value.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError("yes or no")
    return value.lower() in ("yes", "true", "1")


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _origins(value: str) -> tuple[str, ...]:
    origins = _list(value)
    for origin in origins:
        parts = urlsplit(origin)
        if origin != "*" and (
            parts.scheme not in ("http", "https") or not parts.netloc or parts.path
        ):
            raise ValueError("origins such as https://shop.example, separated by commas, or *")
    return origins


def _redis(value: str) -> str:
    if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("an address such as redis://127.0.0.1:6379/0 or unix:///path/redis.sock")
    return value


def _zone(value: str) -> str:
    Hours("24/7", value)
    return value


def _hours(value: str) -> str:
    Hours(value, "UTC")
    return value


@dataclass(frozen=True)
class Settings:
    """One attribute per setting; its environment name is the attribute's name in capitals."""

    # Where things listen and are kept
    redis_url: str | None = _setting(None, _redis)  # None: `make run` starts a Redis of its own
    desk_host: str = _setting("127.0.0.1", _text)
    desk_port: int = _setting(8080, _port)
    rasa_port: int = _setting(5005, _port)
    actions_port: int = _setting(5055, _port)
    var_folder: Path = _setting(VAR, _path)  # noqa: RUF009 - a Path does not change
    # How the world reaches the desk, if not as it listens
    public_url: str | None = _setting(None, _text)
    secure_cookies: bool = _setting(False, _yes)  # yes behind TLS
    proxies: int = _setting(0, _count)  # how many of our own proxies stand in front
    log_level: str = _setting("info", _text)

    # The website chat
    widget_origins: tuple[str, ...] = _setting((), _origins)  # besides the desk's own
    # Signs conversation tokens; made and kept when not given
    widget_secret: str | None = _setting(None, _text)
    default_language: str = _setting("en", _text)

    # People
    # When the team is there (OpenStreetMap's notation); not given, nothing is promised
    support_hours: str | None = _setting(None, _hours)
    time_zone: str = _setting("UTC", _zone)
    # An agent's console silent so long loses its conversations
    agent_grace: float = _setting(30.0, _seconds)
    agent_capacity: int = _setting(4, _count)
    dispositions: tuple[str, ...] = _setting(
        ("solved", "answered", "follow_up", "not_solved", "no_reply", "spam"), _list
    )

    # The bot, seen from the desk
    # An unanswered message goes to a person after so long
    bot_patience: float = _setting(30.0, _seconds)
    bot_absence: float = _setting(10.0, _seconds)  # … and sooner when no worker lives at all
    bot_conversations: int = _setting(4, _count)  # taken at once by one `rasa run`

    # How long things are kept
    retention_days: int = _setting(180, _count)
    abandon_hours: int = _setting(72, _count)

    # Telegram (docs/channels.md); the first three named as in Rasa's connector
    telegram_access_token: str | None = _setting(None, _text)
    telegram_verify: str | None = _setting(None, _text)  # the bot's username
    telegram_webhook_url: str | None = _setting(None, _address)
    telegram_secret_token: str | None = _setting(None, _secret)
    telegram_api: str = _setting("https://api.telegram.org", _address)
    # Messenger, named as in Rasa's connector
    messenger_verify: str | None = _setting(None, _text)
    messenger_secret: str | None = _setting(None, _text)
    messenger_page_access_token: str | None = _setting(None, _text)
    messenger_page: str | None = _setting(None, _text)  # its name or id, for m.me links
    messenger_api: str = _setting("https://graph.facebook.com/v25.0", _address)
    # An app of one's own: webhooks in and out, signed
    app_channel: str | None = _setting(None, _channel)
    app_secret: str | None = _setting(None, _secret)
    app_url: str | None = _setting(None, _address)

    # Files that people send
    file_limit: int = _setting(20, _count)  # MiB of one file
    files_bucket: str | None = _setting(None, _text)  # instead of the var folder
    files_endpoint: str | None = _setting(None, _address)  # of a store that is not Amazon's

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Read and check all. An empty value counts as not given. Raises WrongSetting naming the
        setting."""
        given = os.environ if env is None else env
        values: dict[str, Any] = {}
        for one in fields(cls):
            raw = given.get(one.name.upper(), "").strip()
            if not raw:
                continue
            try:
                values[one.name] = one.metadata["read"](raw)
            except ValueError as error:
                raise WrongSetting(f"{one.name.upper()}={raw!r} must be {error}") from error
        return cls(**values)

    @property
    def elsewhere(self) -> list[str]:
        """The channels on which a customer of the website can go on: those that links lead to."""
        ways = {
            "telegram": self.telegram_access_token and self.telegram_verify,
            "messenger": self.messenger_page_access_token and self.messenger_page,
        }
        return [channel for channel, there in ways.items() if there]

    @classmethod
    def names(cls) -> list[str]:
        """The environment names of all settings."""
        return [one.name.upper() for one in fields(cls)]
