"""Which channels there are, from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from handoff.channels.app import App
from handoff.channels.contract import Adapter
from handoff.channels.files import Content
from handoff.channels.messenger import Messenger
from handoff.channels.telegram import Telegram
from handoff.settings import Settings, WrongSetting


def adapters_for(settings: Settings, content: Content) -> Mapping[str, Adapter]:
    """Those whose access token is given. Raises WrongSetting when something goes with it that is
    missing."""
    found: list[Adapter] = []
    if settings.telegram_access_token:
        if not settings.telegram_secret_token:
            raise WrongSetting(
                "TELEGRAM_SECRET_TOKEN is missing: without it anybody could write as anybody"
            )
        found.append(
            Telegram(
                settings.telegram_access_token,
                settings.telegram_secret_token,
                content,
                settings.default_language,
                settings.telegram_api,
            )
        )
    if settings.messenger_page_access_token:
        if not settings.messenger_secret or not settings.messenger_verify:
            raise WrongSetting(
                "MESSENGER_SECRET and MESSENGER_VERIFY are needed with MESSENGER_PAGE_ACCESS_TOKEN"
            )
        found.append(
            Messenger(
                settings.messenger_verify,
                settings.messenger_secret,
                settings.messenger_page_access_token,
                content,
                settings.messenger_api,
            )
        )
    if settings.app_channel:
        if not settings.app_secret or not settings.app_url:
            raise WrongSetting("APP_SECRET and APP_URL are needed with APP_CHANNEL")
        found.append(App(settings.app_channel, settings.app_secret, settings.app_url))
    return {adapter.name: adapter for adapter in found}
