"""How the words of a message ask for a person: what the text model of `bot.nlu.human` reads.

Hashed characters and words, and the order of word *classes*, which is what the six languages share.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from bot.nlu.grams import LONGEST, Buckets, buckets, characters, sequences, tokens
from bot.nlu.lexicon import Lexicon, read_words

WORDS = Path(__file__).with_name("human_words.yml")
PERSON, DESK = "PERSON", "DESK"
BITS = 16
# Weight of each block of features before training; the classes count in full so that a request in
# a long message is not diluted, the others are scaled to unit length.
CHARACTERS, SEQUENCES, CLASSES = 1.0, 1.0, 0.35
REACH = 4
REFUSAL = 8  # words after a negation in which the refused is named
WISHES = frozenset({"WANT", "TALK", "PASS", "CALL", "CONTACT"})
SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-]){3,}[^\W\d_](?!\w)")  # "h u m a n"
DISGUISED = re.compile(r"[^\W_]*[0134@$][\w@$]*")  # "0perator", "hum@n"
PLAIN = str.maketrans("0134@$", "oieaas")
# Cyrillic words that fold to a word of another language: but, her, no.
COLLIDING = re.compile(r"(?<!\w)(?:но|ей|нет)(?!\w)", re.IGNORECASE)


def class_features(classes: list[frozenset[str]]) -> set[str]:
    """Classes, and ordered pairs and neighbouring triples of them, whatever the language."""
    found: set[str] = set()
    tagged = [(place, sorted(names)) for place, names in enumerate(classes) if names]
    for i, (place, names) in enumerate(tagged):
        for name in names:
            found.add(f"1 {name}")
        for later, others in tagged[i + 1 : i + 1 + REACH]:
            if later - place > REACH:
                break
            close = "2" if later - place <= 2 else "3"
            found.update(f"{close} {a} {b}" for a in names for b in others)
        if i + 2 < len(tagged) and tagged[i + 2][0] - place <= REACH:
            found.update(
                f"4 {a} {b} {c}" for a in names for b in tagged[i + 1][1] for c in tagged[i + 2][1]
            )
    length = len(classes)
    found.add(f"len {length if length < 4 else 'few' if length < 8 else 'many'}")
    if length <= 3:
        found.update(f"short {length} {name}" for names in classes for name in names)
    found.update(refusals(classes))
    if classes:
        found.update(f"first {name}" for name in classes[0])
        found.update(f"last {name}" for name in classes[-1])
    return found


def refusals(classes: list[frozenset[str]]) -> set[str]:
    """ "I do not want to talk to a person" against "I do not want to talk to a bot": what is wished
    away is told by what comes first after the negated wish. Pairs of classes cannot say that."""
    found: set[str] = set()
    for place, names in enumerate(classes):
        following = classes[place + 1] if place + 1 < len(classes) else frozenset()
        before = classes[place - 1] if place else frozenset()
        if "NEG" not in names or following & {"I", "YOU", "EXIST"}:
            continue  # "can't I talk to somebody?", "isn't there anyone?"
        if "UNABLE" in names or "CAN" in before | following:
            continue  # "I cannot reach an agent"
        wished = place if any("WANT" in c for c in classes[max(place - 2, 0) : place]) else None
        if wished is None and not any(c & WISHES for c in classes[place + 1 : place + 3]):
            continue  # "I do not know how to talk to an agent"
        if any(c & {"PASS", "CALL"} for c in classes[place + 1 : place + 3]):
            found.add("refuses to be passed")
        for at in range(place + 1, min(place + 1 + REFUSAL, len(classes))):
            later = classes[at]
            if "GIVE" in later and not later & WISHES:
                break  # "don't send links, give me a person"
            if wished is not None and later & {"BOT", "YOU", PERSON, DESK, "ANY"}:
                target = "bot" if later & {"BOT", "YOU"} else "person"
                found.update(f"refuses {target} {i}" for i in range(3))
                break
            if later & WISHES:
                if wished is not None and "WANT" in later and "WANT" not in classes[at - 1]:
                    break  # "I don't want to wait, I want a person"
                wished = at
    return found


def heard(text: str, people: Lexicon) -> list[str]:
    """The folded words of a text; nouns of `people` that are spaced out or have digits for letters
    are read as what they stand for."""
    text = SPACED.sub(lambda found: re.sub(r"[ .\-]", "", found[0]), text[:LONGEST])
    text = DISGUISED.sub(lambda found: _undisguised(found[0], people), text)
    return tokens(COLLIDING.sub(" ", text))


def _undisguised(word: str, people: Lexicon) -> str:
    plain = word.translate(PLAIN)
    letters = tokens(plain)
    return plain if len(letters) == 1 and people.of_word(letters[0]) else word


class Features:
    """Text to hashed features: for each block its buckets and the value of each of them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._people = Lexicon({PERSON: read_words(WORDS)[PERSON]})

    def words(self, text: str) -> list[str]:
        return heard(text, self._people)

    def of_words(self, words: list[str]) -> list[tuple[Buckets, float]]:
        if not words:
            return []
        names = self.lexicon.classes(words)
        letters = buckets((f"c{gram}" for gram in characters(words)), BITS)
        runs = buckets((f"w{run}" for run in sequences(words)), BITS)
        order = buckets((f"k{feature}" for feature in class_features(names)), BITS)
        return [
            (letters, CHARACTERS / math.sqrt(len(letters))),
            (runs, SEQUENCES / math.sqrt(len(runs))),
            (order, CLASSES),
        ]
