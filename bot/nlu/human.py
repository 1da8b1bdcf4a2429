"""Does the customer ask for a person? Honoured at the first sight of it, in any wording.

Two small linear models are added: one of the text (hashed characters, words, and the order of
word *classes*, which is what the six languages share), one of the encoder's vector. Both were
trained by `python -m benchmarks.dialogue.train`; `docs/evaluation/dialogue.md` has the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.nlu.asking import DESK, PERSON, WORDS, Features, refusals
from bot.nlu.dialogue import Vector
from bot.nlu.evidence import Evidence
from bot.nlu.lexicon import Lexicon, read_words

WEIGHTS = Path(__file__).parent / "pretrained" / "human.npz"
LONG = 12  # words from which single clauses are heard as well …
CLEAR = 0.9  # … and how clearly one of them must ask
STORY = 60  # words from which a clause must ask, not the whole
SENTENCES, SPANS, MARKS = ".!?\n", ".!?;\n", ".!?;,\n"
FARTHEST = 8000  # characters in which clauses are heard: twice what the desk lets in
PIECE = 24  # words of a clause without end that are heard at once, each word twice
# Without one of these no clause asks clearly: the others of a long message are not weighed.
OURS = frozenset({PERSON, DESK, "TEAM", "SERVICE"})
CARRIERS = OURS | {"ANY", "PASS", "CALL", "CONTACT", "TALK", "BOT", "REAL", "WANT", "GIVE"}
# A noun that a shop adds ("reception") is read as this one, which the models know.
KNOWN_NOUN = "agent"
# … and a noun that it takes off the list as this one, which nobody can talk to.
KNOWN_THING = "account"


@dataclass(frozen=True)
class Request:
    """`score` is the probability that a person is asked for; `decided` that it is honoured now;
    `offer` that it is likely enough to ask ("Shall I get somebody?")."""

    score: float
    decided: bool
    offer: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Clause:
    """A part of a message: its folded words and the classes of each of them."""

    text: str
    words: list[str]
    classes: list[frozenset[str]]

    @property
    def may_ask(self) -> bool:
        return any(names & CARRIERS for names in self.classes)

    @property
    def refused(self) -> bool:
        """A wish not to have a person. The linear model cannot outvote "talk to a person"."""
        return "refuses person 0" in refusals(self.classes)


@dataclass(frozen=True, eq=False)
class Weights:
    """What training made: two linear models and how to add them."""

    text: npt.NDArray[np.float32]
    text_bias: float
    vector: npt.NDArray[np.float32]
    vector_bias: float
    mix: tuple[float, ...]  # of the text's logit, of the vector's logit, constant
    alone: tuple[float, ...]  # the text's logit without a vector: slope, constant
    decide: float
    offer: float

    @classmethod
    def read(cls, path: Path) -> Weights:
        with np.load(path) as stored:
            return cls(
                text=stored["text"].astype(np.float32),
                text_bias=float(stored["text_bias"]),
                vector=stored["vector"].astype(np.float32),
                vector_bias=float(stored["vector_bias"]),
                mix=tuple(map(float, stored["mix"])),
                alone=tuple(map(float, stored["alone"])),
                decide=float(stored["decide"]),
                offer=float(stored["offer"]),
            )


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


class HumanRequest:
    """Judges single messages. Cheap: about a quarter of a millisecond beside the encoding."""

    def __init__(
        self,
        weights: Weights,
        people: Mapping[str, Iterable[str]] | None = None,
        decide: float | None = None,
        offer: float | None = None,
    ) -> None:
        """`people`: which nouns count as a person, by language; a language that is not named keeps
        its nouns from `human_words.yml`. `decide` and `offer` replace the trained thresholds."""
        words = read_words(WORDS)
        self._features = Features(Lexicon(words))
        self._weights = weights
        self.decide_at = weights.decide if decide is None else decide
        self.offer_at = weights.offer if offer is None else offer
        named = {lang: list(nouns) for lang, nouns in (people or {}).items()}
        off = {
            lang: [
                noun
                for kind in (PERSON, DESK)
                for noun in words[kind].get(lang, ())
                if noun not in nouns
            ]
            for lang, nouns in named.items()
        }
        self._usual = Lexicon({PERSON: words[PERSON]})
        self._named, self._off = Lexicon({PERSON: named}), Lexicon({PERSON: off})
        self._as_trained = people is None

    @classmethod
    def load(
        cls,
        people: Mapping[str, Iterable[str]] | None = None,
        path: Path = WEIGHTS,
        decide: float | None = None,
        offer: float | None = None,
    ) -> HumanRequest:
        return cls(Weights.read(path), people, decide, offer)

    def _nouns_as_set(self, words: list[str]) -> tuple[list[str], bool]:
        """The words with the shop's own nouns for people put in the place of the usual ones."""
        if self._as_trained:
            return words, False
        usual, named, off = (
            lexicon.classes(words) for lexicon in (self._usual, self._named, self._off)
        )
        changed: list[str] = []
        for word, known, on, gone in zip(words, usual, named, off, strict=True):
            if on and not known:
                if changed[-1:] != [KNOWN_NOUN]:  # one noun of several words is one noun
                    changed.append(KNOWN_NOUN)
            elif gone and not on:
                changed.append(KNOWN_THING)
            else:
                changed.append(word)
        return changed, changed != words

    def _of_ours(self, text: str) -> str:
        """`text` without the clauses that ask for nobody but whom the shop took off its list: "I
        want to talk to" asks by itself, whatever comes after it."""
        if self._as_trained:
            return text
        return "".join(part for part in _clauses(text, MARKS) if not self._of_nobody(part))

    def _of_nobody(self, clause: str) -> bool:
        """Whether a noun that was taken off is all that a clause has of people."""
        words = self._features.words(clause)
        known, named, off = (
            lexicon.classes(words) for lexicon in (self._features.lexicon, self._named, self._off)
        )
        gone = [bool(noun) and not kept for noun, kept in zip(off, named, strict=True)]
        if not any(gone):
            return False
        for at, names in enumerate(known):
            who_can = at and gone[at - 1]  # "an agent who can help" names one, not anybody
            if named[at] or ("ANY" in names and not who_can):
                return False
            if not gone[at] and (names & OURS or names >= {"CALL", "ME"}):
                return False
        return True

    def text_logit(self, words: list[str]) -> float:
        weights = self._weights
        return weights.text_bias + sum(
            value * float(weights.text[found].sum())
            for found, value in self._features.of_words(words)
        )

    def judge(
        self, text: str, vector: Vector | None, lang: str | None = None, message: int = 0
    ) -> Request:
        """`vector` is the encoding of `text`; `lang` is not needed: the models know none.

        `message` is the number of this message in the episode, for the evidence.
        """
        weights = self._weights
        ours = self._of_ours(text)
        words, changed = self._nouns_as_set(self._features.words(ours))
        if not words:
            return Request(0.0, False, False, ())
        by_text = self.text_logit(words)
        if vector is None or changed or ours != text or vector.shape != weights.vector.shape:
            # The vector saw the usual nouns, not these; or another encoder made it.
            score = self._by_text_alone(by_text)
        else:
            by_vector = float(weights.vector @ vector) + weights.vector_bias
            a, b, constant = weights.mix
            score = sigmoid(a * by_text + b * by_vector + constant)
        clauses = self._heard(ours, MARKS)
        refuses = any(clause.refused for clause in clauses)
        if score >= self.offer_at and (refuses or len(words) >= STORY):
            # In a story small signs add up; a request is in some clause of it.
            score = min(score, self._clearest(clauses))
        if score < self.decide_at and not refuses:
            # A request in a story is drowned by the story.
            parts = clauses if len(words) >= LONG else self._heard(ours, SENTENCES)
            clearest = self._clearest(parts)
            if clearest >= CLEAR:
                score = clearest
        decided, offer = score >= self.decide_at, score >= self.offer_at
        evidence = (Evidence("asks_for_human", message, score, self._span(ours)),) if offer else ()
        return Request(score, decided, offer, evidence)

    def _by_text_alone(self, logit: float) -> float:
        slope, constant = self._weights.alone
        return sigmoid(slope * logit + constant)

    def _heard(self, text: str, marks: str) -> list[Clause]:
        """Each clause that has words; what goes on without a mark is heard in pieces."""
        found = []
        for clause in _clauses(text[:FARTHEST], marks):
            for piece in _pieces(clause):
                words = self._nouns_as_set(self._features.words(piece))[0]
                if words:
                    found.append(Clause(piece, words, self._features.lexicon.classes(words)))
        return found

    def _clearest(self, clauses: list[Clause]) -> float:
        """The most that any of several clauses asks which refuses nothing; 0 without them."""
        if len(clauses) < 2:
            return 0.0
        asking = (self.text_logit(c.words) for c in clauses if c.may_ask and not c.refused)
        return self._by_text_alone(max(asking, default=-math.inf))

    def _span(self, text: str) -> str:
        """The clause that asks most clearly."""
        clauses = self._heard(text, SPANS)
        asking = [c for c in clauses if c.may_ask] or clauses
        best = max(asking, key=lambda c: self.text_logit(c.words), default=None)
        return (best.text if best else text).strip()[:200]


def _pieces(clause: str) -> list[str]:
    """A clause that goes on and on, in overlapping pieces."""
    words = clause.split()
    if len(words) <= 2 * PIECE:
        return [clause]
    starts = range(0, len(words) - PIECE // 2, PIECE // 2)
    return [" ".join(words[start : start + PIECE]) for start in starts]


def _clauses(text: str, marks: str) -> list[str]:
    for mark in marks:
        text = text.replace(mark, mark + "\0")
    return text.split("\0")
