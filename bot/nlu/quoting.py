"""What the last answer says already about what a message goes on to.

After "Delivery takes 2 to 4 days. Norway takes 4 to 6 days.", "and to Norway?" is answered by the
second sentence. The index cannot know: alone, the message is about the countries that there are.
"""

from __future__ import annotations

from bot.nlu import questions
from bot.nlu.follow_up import LONGEST, opening
from bot.nlu.text import SENTENCE, tokens
from bot.nlu.tried import alike, telling

ENDINGS = 0.8  # share of a stem that stays when it is inflected; less takes "instal" for "instant"
MOST = 2  # sentences; what is named all through the answer is what the whole answer is about


def quoted(answer: str, text: str, lang: str) -> str:
    """The sentences of `answer` that name what a bare continuation names; empty where the message
    is none, asks something of its own, or is not named."""
    words = tokens(text)
    start = opening(words, lang)
    if not start or len(words) > LONGEST or questions.asks(words, start):
        return ""
    named = telling(" ".join(words[start:]), lang)
    if not named:
        return ""
    found = [
        sentence.strip()
        for sentence in SENTENCE.split(answer)
        if (said := telling(sentence, lang))
        and all(any(alike(one, other, ENDINGS) for other in said) for one in named)
    ]
    return " ".join(found) if 0 < len(found) <= MOST else ""
