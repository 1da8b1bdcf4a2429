"""What can go wrong with a delivery, in a vocabulary that answers the two questions that matter:
try again? tell whom?"""

from __future__ import annotations

from enum import Enum


class Tell(Enum):
    NOBODY = "nobody"  # it passes
    AGENT = "agent"  # who can do something else for the customer
    OPERATOR = "operator"  # who can mend a setting; the agent sees it as well


class Problem(Enum):
    """Each says whether trying again may help, whom to tell, and what to tell them. The name, in
    small letters, is the `reason` of the notice `not_delivered`."""

    THROTTLED = (True, Tell.NOBODY, "The platform asks us to slow down.")
    FAILED = (True, Tell.NOBODY, "The platform failed.")
    UNREACHABLE = (True, Tell.NOBODY, "The platform could not be reached.")
    # The one problem where trying again may double the message: tried again once.
    UNCONFIRMED = (
        True,
        Tell.AGENT,
        "The platform did not confirm this message: it may or may not have arrived.",
    )
    NOT_CONFIGURED = (True, Tell.OPERATOR, "This channel is not set up any more.")
    EXPIRED = (False, Tell.AGENT, "The platform did not take this message for a whole day.")
    BLOCKED = (False, Tell.AGENT, "The customer has blocked us or closed their account.")
    WINDOW_BOT = (
        False,
        Tell.AGENT,
        "The customer's last message is more than 24 hours old: after that the platform lets only "
        "a person write.",
    )
    WINDOW_CLOSED = (
        False,
        Tell.AGENT,
        "The customer's last message is more than 7 days old: the platform allows no answer until "
        "they write again.",
    )
    TAG_REFUSED = (
        False,
        Tell.OPERATOR,
        "The platform has not granted this page the right to answer after 24 hours.",
    )
    TOKEN = (False, Tell.OPERATOR, "The platform does not accept our access token.")
    FORBIDDEN = (False, Tell.OPERATOR, "The platform does not allow us to send this.")
    TOO_BIG = (False, Tell.AGENT, "The file is bigger than the platform takes.")
    FILE_GONE = (False, Tell.AGENT, "The file is not there any more.")
    REFUSED = (False, Tell.AGENT, "The platform refused this message.")

    def __init__(self, retryable: bool, tell: Tell, sentence: str) -> None:
        self.retryable = retryable
        self.tell = tell
        self.sentence = sentence

    @property
    def code(self) -> str:
        return self.name.lower()


class DeliveryError(Exception):
    """A part was not delivered. `detail` is the platform's own words (for the log of the operator
    and, where it is told, for the agent); `retry_after` is in seconds, as the platform asked."""

    def __init__(
        self, problem: Problem, detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(f"{problem.code}: {detail}" if detail else problem.code)
        self.problem = problem
        self.detail = detail
        self.retry_after = retry_after


def from_status(status: int, detail: str = "", retry_after: float | None = None) -> DeliveryError:
    """What an HTTP status means where the platform says nothing more exact."""
    match status:
        case 429:
            return DeliveryError(Problem.THROTTLED, detail, retry_after)
        case 401:
            return DeliveryError(Problem.TOKEN, detail)
        case 403:
            return DeliveryError(Problem.FORBIDDEN, detail)
        case 413:
            return DeliveryError(Problem.TOO_BIG, detail)
        case _ if status >= 500:
            return DeliveryError(Problem.FAILED, detail, retry_after)
        case _:
            return DeliveryError(Problem.REFUSED, detail)
