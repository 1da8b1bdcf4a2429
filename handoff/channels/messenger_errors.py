"""Facebook's errors in our words:
https://developers.facebook.com/docs/messenger-platform/error-codes"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from handoff.channels.errors import DeliveryError, Problem, from_status
from handoff.model import Sender

TOKEN_CODES = {102, 190, 463, 467}
THROTTLED_CODES = {4, 17, 32, 613, 80006}
TRANSIENT_CODES = {-1, 1, 2, 1200}
OUT_OF_WINDOW = {2018278, 2018065, 2534022}
NOBODY_THERE = {1545041, 2018001, 2018108}


def problem_of(
    status: int, raw: bytes, tagged: bool, sender: Sender, headers: Mapping[str, str]
) -> DeliveryError:
    """Facebook's errors in our words."""
    try:
        said: Any = json.loads(raw)
    except (ValueError, RecursionError):
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    wait = headers.get("Retry-After", "")
    seconds = float(wait) if wait.isascii() and wait.isdigit() else None
    if not isinstance(error, dict):
        return from_status(status, retry_after=seconds)
    code, subcode = error.get("code"), error.get("error_subcode")
    detail = f"{code}/{subcode}: {str(error.get('message', ''))[:200]}"
    if code in TOKEN_CODES:
        return DeliveryError(Problem.TOKEN, detail)
    if code in THROTTLED_CODES or status == 429:
        return DeliveryError(Problem.THROTTLED, detail, seconds)
    if subcode in NOBODY_THERE or code == 551:
        return DeliveryError(Problem.BLOCKED, detail)
    if tagged and "tag" in detail.lower() and code in (10, 100, 200):
        return DeliveryError(Problem.TAG_REFUSED, detail)
    if subcode in OUT_OF_WINDOW:
        bot = sender is not Sender.AGENT
        return DeliveryError(Problem.WINDOW_BOT if bot else Problem.WINDOW_CLOSED, detail)
    if code in TRANSIENT_CODES or error.get("is_transient") is True or status >= 500:
        return DeliveryError(Problem.FAILED, detail, seconds)
    if code in (3, 10, 200, 230, 299, 368):
        return DeliveryError(Problem.FORBIDDEN, detail)
    return DeliveryError(Problem.REFUSED, detail)
