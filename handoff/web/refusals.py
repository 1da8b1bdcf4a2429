"""What the desk will not do, in a sentence for the agent."""

from __future__ import annotations

from handoff.desk import Full, NotWaiting, Taken
from handoff.log import Conflict, NotFound, NotOwner
from handoff.model import Owner
from handoff.store import Unavailable
from handoff.text import TextRefused
from handoff.web.people import People

TEXTS = {
    "empty": "There is nothing to send yet.",
    "too_long": "This is too long: a message has up to 4,000 characters.",
}


class Refusal(Exception):
    """A wish that cannot be granted: `code`, a sentence for the agent, and who stands in the
    way."""

    def __init__(self, code: str, message: str, by: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.by = by


# What may come of a wish that is not granted, and is the agent's to know.
REFUSED = (
    Refusal,
    NotFound,
    NotWaiting,
    Taken,
    NotOwner,
    Full,
    TextRefused,
    Conflict,
    Unavailable,
    TimeoutError,
)


def refusal(error: Exception, people: People) -> Refusal:
    """Why a wish that failed with `error`, one of REFUSED, is not granted. Raises any other."""
    match error:
        case Refusal():
            return error
        case NotFound() | NotWaiting():
            return Refusal("not_found", "This conversation is no longer there.")
        case Taken():
            return _taken(error, people)
        case NotOwner():
            return _not_owner(error, people)
        case Full():
            message = "You have as many conversations as you can hold. Finish one first."
            return Refusal("full", message)
        case TextRefused():
            return Refusal(error.code, TEXTS[error.code])
        case Conflict():
            message = "Another text was sent under the same number. Please send it again."
            return Refusal("conflict", message)
        case Unavailable() | TimeoutError():
            message = "The desk cannot reach its memory. Your text is kept; it is tried again."
            return Refusal("unavailable", message)
    raise error


def _taken(error: Taken, people: People) -> Refusal:
    if error.owner is Owner.AGENT:
        by = people.name_of(error.agent) or "Somebody"
        return Refusal("taken", f"{by} has taken this one.", by)
    message = {
        Owner.BOT: "This conversation is back with the assistant.",
        Owner.QUEUE: "The customer has just asked for a person: take it from the queue.",
    }[error.owner]
    return Refusal("taken", message)


def _not_owner(error: NotOwner, people: People) -> Refusal:
    if error.owner is Owner.AGENT:
        by = people.name_of(error.agent) or "Somebody"
        return Refusal("not_owner", f"{by} has this conversation now.", by)
    message = {
        Owner.BOT: "This conversation is with the assistant now.",
        Owner.QUEUE: "This conversation is back in the queue.",
    }[error.owner]
    return Refusal("not_owner", message)
