"""A large knowledge base is searched among likely entries, and finds what looking at all does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bot.faq.entries import FaqEntry, read_folder
from bot.judgement import Judge
from bot.nlu.encoder import Encoder, Vectors
from bot.search import knowledge, part
from bot.search.background import Background
from bot.search.index import FaqIndex
from bot.search.knowledge import Knowledge
from bot.search.nearest import Nearest, Rounded
from bot.search.part import KnownVectors, knowledge_of, read_of, texts_of
from bot.search.weighing import combine
from bot.search.words import Words

FAQ = Path(__file__).resolve().parents[2] / "data" / "faq"


class Remembering(Encoder):
    """The encoder, asked once for every text of these tests."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        seen: dict[str, Vectors] = self.__dict__.setdefault("seen", {})
        missing = [text for text in dict.fromkeys(texts) if text not in seen]
        seen.update(zip(missing, super().encode(missing), strict=True))
        return np.array([seen[text] for text in texts]).reshape(len(texts), self.dimension)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Remembering.load()


@pytest.fixture(scope="module")
def entries() -> tuple[FaqEntry, ...]:
    """The shop's English entries among a crowd of film lines and comments."""
    known = [e for e in read_folder(FAQ) if e.lang == "en" and len(e.questions) > 2]
    lines = dict.fromkeys(t for lang in ("en", "nl", "af") for t in Background.load().texts(lang))
    crowd = [FaqEntry(f"line-{i}", "en", "", (text,), "") for i, text in enumerate(lines)]
    silent = FaqEntry(
        "silent", "en", "", (), "Penguins in the museum are fed at a quarter to four."
    )
    return (*(replace(e, questions=e.questions[:-1]) for e in known), *crowd, silent)


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, str]]:
    """A phrasing of each English entry that the knowledge base does not have, with its entry."""
    known = [e for e in read_folder(FAQ) if e.lang == "en" and len(e.questions) > 2]
    return [(e.questions[-1], e.id) for e in known]


@pytest.fixture(scope="module")
def vectors(entries: tuple[FaqEntry, ...], encoder: Encoder) -> KnownVectors:
    vectors = KnownVectors(encoder, {})
    vectors.add(text for entry in entries for text in texts_of(entry))
    return vectors


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every knowledge base counts as a large one."""
    monkeypatch.setattr(knowledge, "EXACT_ENTRIES", 0)


def base(entries: tuple[FaqEntry, ...], vectors: KnownVectors) -> tuple[Words, Knowledge]:
    words = Words("en")
    asked = vectors.of([text for entry in entries for text in entry.questions])
    answers = vectors.of([read_of(entry) for entry in entries])
    return words, knowledge_of(words, entries, asked, answers)


def test_likely_entries_hold_the_first_match_of_all(
    entries: tuple[FaqEntry, ...],
    asked: list[tuple[str, str]],
    vectors: KnownVectors,
    encoder: Encoder,
    large: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words, likely = base(entries, vectors)
    monkeypatch.setattr(knowledge, "EXACT_ENTRIES", 10_000)
    _, everything = base(entries, vectors)
    assert likely.is_large
    assert not everything.is_large
    queries = words.prepare([text for text, _ in asked], encoder.encode([t for t, _ in asked]))
    whole = combine(everything.evidence(queries), everything, "en")
    found = list(likely.found(queries))
    assert max(len(one.entries) for one in found) < len(entries) / 2
    firsts = [one.entries[combine(one.kinds, likely, "en")[0].argmax()] for one in found]
    best = whole.max(axis=1)
    # As good as the best: rounding may swap two that are equally good.
    good = [whole[row, first] > best[row] - 0.05 for row, first in enumerate(firsts)]
    assert np.mean(good) >= 0.98
    right = {entry.id: i for i, entry in enumerate(entries)}
    hits = [first == right[id] for first, (_, id) in zip(firsts, asked, strict=True)]
    exact = [first == right[id] for first, (_, id) in zip(whole.argmax(1), asked, strict=True)]
    assert np.mean(hits) >= np.mean(exact) - 0.02


def test_the_evidence_of_likely_entries_is_that_of_all(
    entries: tuple[FaqEntry, ...],
    asked: list[tuple[str, str]],
    vectors: KnownVectors,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = Words("pt")
    made = [vectors.of([q for e in entries for q in e.questions])]
    made.append(vectors.of([read_of(entry) for entry in entries]))
    everything = knowledge_of(words, entries, made[0], made[1])
    monkeypatch.setattr(knowledge, "EXACT_ENTRIES", 0)
    likely = knowledge_of(words, entries, made[0], made[1])
    queries = words.prepare(
        [text for text, _ in asked[:20]], encoder.encode([t for t, _ in asked[:20]])
    )
    whole = everything.evidence(queries)
    for row, found in enumerate(likely.found(queries)):
        assert set(found.kinds) == set(whole)
        for kind, scores in found.kinds.items():
            np.testing.assert_allclose(
                scores[0], whole[kind][row, found.entries], atol=0.003, err_msg=kind
            )


def test_a_message_that_nothing_speaks_for_still_has_matches(
    entries: tuple[FaqEntry, ...], encoder: Encoder, large: None
) -> None:
    passages = [replace(e, lang="ru", questions=()) for e in entries if e.answer]
    index = FaqIndex.build(passages, encoder)
    assert index.search("!?", encoder.encode(["!?"])[0], "ru")
    first = index.search("penguins museum", encoder.encode(["penguins"])[0], "ru")[0]
    assert first.id == "silent"


def test_an_entry_without_a_phrasing_is_found_by_its_answer(
    entries: tuple[FaqEntry, ...], vectors: KnownVectors, encoder: Encoder, large: None
) -> None:
    words, likely = base(entries, vectors)
    text = "when do zoo keepers give food to their birds?"
    (found,) = likely.found(words.prepare([text], encoder.encode([text])))
    assert len(entries) - 1 in found.entries


def test_a_change_gives_what_a_fresh_build_gives(
    entries: tuple[FaqEntry, ...], asked: list[tuple[str, str]], encoder: Encoder, large: None
) -> None:
    some = entries[95:245]
    before = FaqIndex.build(some[:120], encoder)
    gone = [("en", entry.id) for entry in some[:20]]
    changed = before.changed(encoder, add=some[120:], remove=gone)
    fresh = FaqIndex.build(some[20:], encoder)
    assert changed.parts["en"].knowledge.is_large
    assert changed.entries == fresh.entries
    for text, _ in asked[-15:]:
        vector = encoder.encode([text])[0]
        one, other = (index.search(text, vector, "en") for index in (changed, fresh))
        assert one[0].id == other[0].id
        assert one[0].score == pytest.approx(other[0].score, abs=0.02)


def test_a_saved_one_answers_the_same(
    entries: tuple[FaqEntry, ...],
    asked: list[tuple[str, str]],
    encoder: Encoder,
    large: None,
    tmp_path: Path,
) -> None:
    index = FaqIndex.build(entries[95:295], encoder)
    index.save(tmp_path / "faq")
    loaded = FaqIndex.load(tmp_path / "faq", encoder)
    assert loaded.parts["en"].knowledge.is_large
    texts = [text for text, _ in asked[-15:]]
    together = loaded.search_each(texts, encoder.encode(texts), "en")
    for text, same in zip(texts, together, strict=True):
        vector = encoder.encode([text])[0]
        one, other = (i.search(text, vector, "en") for i in (index, loaded))
        assert [m.id for m in one[:3]] == [m.id for m in other[:3]] == [m.id for m in same[:3]]
        assert one[0].score == pytest.approx(other[0].score, abs=1e-3)


def test_a_large_one_is_calibrated_on_a_sample(
    entries: tuple[FaqEntry, ...],
    encoder: Encoder,
    large: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(part, "ASKED", 100)
    index = FaqIndex.build(entries[:200], encoder)
    judge = Judge(encoder, index)
    assert judge.ask("Where is my parcel?", "en").answered
    assert not judge.ask("the mitochondria are the powerhouse of the cell", "en").answered


def test_most_of_the_nearest_are_found(
    entries: tuple[FaqEntry, ...],
    asked: list[tuple[str, str]],
    vectors: KnownVectors,
    encoder: Encoder,
) -> None:
    known = vectors.of([text for entry in entries for text in entry.questions])
    near = Nearest(known)
    queries = encoder.encode([text for text, _ in asked])
    exact = np.argsort(-(queries @ known.T), axis=1)[:, :10]
    found = [near.search(query, 64) for query in queries]
    recall = [np.isin(rows, some).mean() for rows, some in zip(exact, found, strict=True)]
    assert np.mean(recall) >= 0.95


@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(1, 9), st.just(24)), elements=st.floats(-1, 1, width=32)
    )
)
def test_rounding_keeps_cosines_and_rounds_once(given: np.ndarray) -> None:  # type: ignore[type-arg]
    lengths = np.linalg.norm(given, axis=1, keepdims=True)
    unit = np.divide(given, lengths, out=np.zeros_like(given), where=lengths > 1e-3)
    rounded = Rounded.of(unit)
    rows = np.arange(len(unit))
    for query in unit:
        np.testing.assert_allclose(rounded.product(query, rows), unit @ query, atol=0.02)
    again = Rounded.of(rounded.vectors())
    np.testing.assert_allclose(again.vectors(), rounded.vectors(), atol=1e-6)
