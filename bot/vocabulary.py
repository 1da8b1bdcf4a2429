"""The few words that Rasa's side and the action server share. Only the standard library."""

from __future__ import annotations

from enum import StrEnum

# Keys of a response's custom payload, read by `bot.turn`
HANDOFF = "handoff"
SOURCE = "source"

LANGUAGES = ("en", "nl", "pt", "et", "ru", "af")
FALLBACK_LANGUAGE = "en"


class Intent(StrEnum):
    """What a customer may mean. Asking for a person is judged apart, by `bot.nlu.human`."""

    QUESTION = "question"
    GREET = "greet"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    AFFIRM = "affirm"
    DENY = "deny"
    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    BOT_CHALLENGE = "bot_challenge"
    CHITCHAT = "chitchat"
    ASK_HUMAN = "ask_human"
    CHOOSE = (
        "choose"  # a button of a clarifying question; entity `entry`, none for "something else"
    )
    SEND_FILE = "send_file"  # a message without words


class Slot(StrEnum):
    """Slots of domain.yml."""

    LANG = "lang"
    MEMORY = "memory"  # `bot.policies.memory.Memory`: what is remembered from turn to turn
    DECISION = (
        "decision"  # what this turn's actions say: `plan`, `answer`, `each`, `choices`, `handoff`
    )


class Act(StrEnum):
    """What the bot may do. Names of actions and responses in domain.yml."""

    HAND_OVER = "action_hand_over"
    ANSWER = "action_answer"
    ANSWER_EACH = "action_answer_each"  # several questions of one message
    CLARIFY = "action_clarify"
    ASK_TRIED = "utter_ask_tried"  # before steps are prescribed
    REPHRASE = "utter_rephrase"  # none of the choices was meant
    INTRODUCE = "utter_introduction"
    CONTINUE = "utter_continue"
    OFFER_MISSED = "utter_offer_missed"
    OFFER_MISSED_AGAIN = "utter_offer_missed_again"
    OFFER_REJECTED = "utter_offer_rejected"
    OFFER_SAID_BEFORE = "utter_offer_said_before"
    OFFER_TRIED = "utter_offer_tried"
    OFFER_UPSET = "utter_offer_upset"
    OFFER_UNSETTLED = "utter_offer_unsettled"  # instead of what would sell something
    OFFER_ASKED = "utter_offer_asked"
    OFFER_FILE = "utter_offer_file"
    UNAVAILABLE = "utter_unavailable"  # hands over as well
