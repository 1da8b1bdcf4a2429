"""Telegram's errors in our words."""

from __future__ import annotations

import warnings
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from handoff.channels.errors import DeliveryError, Problem

# What Telegram says when there is nobody to write to any more.
GONE = (
    "chat not found",
    "user is deactivated",
    "bot was blocked",
    "user not found",
    "peer_id_invalid",
)


def problem_of(error: TelegramError) -> DeliveryError:
    """Telegram's errors in our words. BadRequest is a NetworkError to the library, so it goes
    first."""
    detail = str(error.message)
    match error:
        case RetryAfter():
            return DeliveryError(Problem.THROTTLED, detail, _seconds(error))
        case Forbidden():
            return DeliveryError(Problem.BLOCKED, detail)
        case InvalidToken():
            return DeliveryError(Problem.TOKEN, detail)
        case BadRequest():
            if any(word in detail.lower() for word in GONE):
                return DeliveryError(Problem.BLOCKED, detail)
            return DeliveryError(Problem.REFUSED, detail)
        case NetworkError():
            cause = error.__cause__
            # Never left this machine, or came back with an HTTP status: Telegram did not take it.
            if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
                return DeliveryError(Problem.UNREACHABLE, type(cause).__name__)
            if isinstance(cause, httpx.HTTPError):
                return DeliveryError(Problem.UNCONFIRMED, type(cause).__name__)
            return DeliveryError(Problem.FAILED, detail)
    return DeliveryError(Problem.REFUSED, detail)


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library is changing this attribute to a timedelta
        wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
