"""`python -m handoff telegram …`: where Telegram sends its updates. An explicit command, with a
clear result; starting the desk changes nothing at Telegram."""

from __future__ import annotations

from telegram import Bot, WebhookInfo
from telegram.error import TelegramError

from handoff.channels.telegram import SECRET_HEADER, WANTED
from handoff.channels.telegram_errors import problem_of
from handoff.settings import Settings, WrongSetting

ACTIONS = ("set-webhook", "show-webhook", "delete-webhook")


async def manage(action: str, settings: Settings) -> tuple[int, str]:
    """Do it; the process's exit status and what to tell the operator. Raises WrongSetting."""
    token = settings.telegram_access_token
    if not token:
        raise WrongSetting("TELEGRAM_ACCESS_TOKEN is missing: BotFather gives it to you")
    base = settings.telegram_api.rstrip("/")
    async with _bot(token, base) as bot:
        try:
            match action:
                case "set-webhook":
                    return await _set(bot, settings)
                case "delete-webhook":
                    await bot.delete_webhook()
                    return 0, "Telegram keeps updates to itself now (for 24 hours at most)."
                case _:
                    return 0, shown(await bot.get_webhook_info())
        except TelegramError as error:
            problem = problem_of(error)
            return 1, f"{problem.problem.sentence} Telegram said: {problem.detail}"


class _bot:
    """A bot for a few calls. Nothing is asked of Telegram by opening it."""

    def __init__(self, token: str, base: str) -> None:
        self.bot = Bot(token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot")

    async def __aenter__(self) -> Bot:
        return self.bot

    async def __aexit__(self, *_: object) -> None:
        for request in self.bot._request:
            await request.shutdown()


async def _set(bot: Bot, settings: Settings) -> tuple[int, str]:
    url, secret = settings.telegram_webhook_url, settings.telegram_secret_token
    if not url:
        raise WrongSetting(
            "TELEGRAM_WEBHOOK_URL is missing: https://<your public address>/hook/telegram"
        )
    if not url.startswith("https://"):
        raise WrongSetting("TELEGRAM_WEBHOOK_URL must begin with https://: Telegram insists on TLS")
    if not secret:
        raise WrongSetting("TELEGRAM_SECRET_TOKEN is missing: try `openssl rand -hex 32`")
    me = await bot.get_me()
    wanted = (settings.telegram_verify or "").removeprefix("@")
    if wanted and (me.username or "").lower() != wanted.lower():
        return 1, f"The token is that of @{me.username}, but TELEGRAM_VERIFY says @{wanted}."
    await bot.set_webhook(url, secret_token=secret, allowed_updates=list(WANTED))
    info = await bot.get_webhook_info()
    if info.url != url:
        return 1, f"Telegram did not keep it. {shown(info)}"
    return 0, f"@{me.username} now sends its updates, with {SECRET_HEADER}.\n{shown(info)}"


def shown(info: WebhookInfo) -> str:
    lines = [f"webhook   {info.url or 'none'}", f"waiting   {info.pending_update_count} updates"]
    if info.last_error_message:
        when = f"{info.last_error_date:%Y-%m-%d %H:%M} UTC" if info.last_error_date else ""
        lines.append(f"trouble   {info.last_error_message} {when}".rstrip())
    return "\n".join(lines)
