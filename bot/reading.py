"""A message read within its conversation: several questions in one, and what goes on from the last.

`bot.judgement.Judge.ask` judges a message by itself; this adds what the conversation knows. A plain
question costs nothing here but a look at its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.judgement import Asked, Judge
from bot.nlu import courtesy, follow_up, questions
from bot.nlu.encoder import Encode, Vectors
from bot.nlu.follow_up import joined_text, joined_vector
from bot.nlu.quoting import quoted
from bot.nlu.text import tokens
from bot.search.part import Match

MOST_ANSWERED = 3  # answers in one turn: more is a wall of text
# Chosen on data/judgement/questions/develop.jsonl; docs/evaluation/conversation.md.
SURE = 0.6  # probability from which on a piece is answered beside another
BY_ITSELF = 0.95  # probability from which on a message that points to nothing needs nothing
TELLING = 3  # words of a piece whose want of an answer is worth a word


@dataclass(frozen=True)
class Piece:
    """One question of several: the customer's words, and the entry that answers it, if one does."""

    text: str
    entry: str | None
    score: float


@dataclass(frozen=True)
class Reading:
    """What a message asks. `pieces` is empty for one question, else two or three, at least one of
    them answered, each by another entry. `follows` is the entry that is meant where the message
    goes on from the last answer, with how sure that is; `quote` what that answer says of it."""

    asked: Asked
    pieces: tuple[Piece, ...] = ()
    follows: tuple[str, float] | None = None
    quote: str = ""


def read(
    judge: Judge,
    text: str,
    lang: str | None = None,
    vector: Vectors | None = None,
    given: str | None = None,
    encode: Encode | None = None,
) -> Reading:
    """Read a message; `given` is the entry that was given last in this episode.

    `encode` takes texts that are not the message itself, in one batch; by default the encoder.
    """
    encode = encode or judge.encoder.encode
    asked = judge.ask(text, lang, vector, encode)
    follows, quote = None, ""
    if given and follow_up.leans(text, asked.lang):
        follows = _follow(
            judge, text, asked, encode([text])[0] if vector is None else vector, given, encode
        )
        # Where both readings mean another entry, that one says more of it than a sentence here.
        if follows[0] == given if follows else asked.score < BY_ITSELF:
            last = judge.index.entry(given, asked.lang)
            quote = quoted(last.answer, courtesy.without(text), last.lang) if last else ""
    parts = _parts(judge, text, asked.lang)
    return Reading(asked, _pieces(_each(judge, parts, asked.lang, encode)), follows, quote)


def looked_up(judge: Judge, text: str, lang: str) -> tuple[str, ...]:
    """The texts whose vectors `read` takes for a message in `lang` that goes on from nothing."""
    return (*judge.searched(text, lang), *(asked for _, asked in _parts(judge, text, lang)))


def _parts(judge: Judge, text: str, lang: str) -> list[tuple[str, str]]:
    """The parts of a message that may be questions of their own: the words, and what is looked up
    for them. None of a message of one part; what asks nothing is left out."""
    parts = questions.split(text)
    if len(parts) < 2:
        return []
    return [
        (part, judge.index.spelled(questions.bare(part), lang, judge.encoder.is_word))
        for part in parts
        if not questions.phatic(part)
    ]


def _follow(
    judge: Judge, text: str, alone: Asked, vector: Vectors, given: str, encode: Encode
) -> tuple[str, float] | None:
    """What a leaning message means after `given`: the entry that fits it alone and joined."""
    if alone.score >= BY_ITSELF and not follow_up.points(text, alone.lang):
        return None
    said = judge.question(given, alone.lang)
    if said is None:
        return None
    both = joined_vector(encode([said])[0], vector)
    joined = judge.index.search(joined_text(said, text), both, alone.lang)
    return follow_up.weigh(_scores(alone.ranked), _scores(joined))


def _scores(ranked: Sequence[Match]) -> Mapping[str, float]:
    return {match.id: match.score for match in ranked}


def _each(judge: Judge, parts: Sequence[tuple[str, str]], lang: str, encode: Encode) -> list[Piece]:
    """Every part judged by itself, all encoded in one batch."""
    vectors = encode([asked for _, asked in parts]) if parts else ()
    found: list[Piece] = []
    for (said, text), vector in zip(parts, vectors, strict=True):
        one = judge.ask(text, lang, vector, encode)
        piece = Piece(said, one.ranked[0].id if one.answered else None, one.score)
        before = next((earlier.entry for earlier in reversed(found) if earlier.entry), None)
        if before and follow_up.leans(text, lang):
            meant = _follow(judge, text, one, vector, before, encode)
            if follow_up.points(text, lang) and (meant is None or meant[0] == before):
                continue  # "Can I cancel, and is it free?" is about one thing
            if meant and meant[0] != piece.entry:
                piece = Piece(said, *meant)
        found.append(piece)
    return found


def _pieces(each: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces that ask different things; none when the message is one question after all."""
    kept: list[Piece] = []
    for piece in each:
        if piece.entry is None or piece.score < SURE:
            telling = len(tokens(piece.text)) >= TELLING
            told = piece.text.rstrip().endswith(".")  # "… and are lovely, we wanted a party."
            if telling and not told and questions.is_question(piece.text):
                kept.append(Piece(piece.text, None, piece.score))
        elif piece.entry not in {one.entry for one in kept}:
            kept.append(piece)
    if len(kept) < 2 or not any(piece.entry for piece in kept):
        return ()
    return tuple(kept[:MOST_ANSWERED])
