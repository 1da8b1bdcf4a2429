"""The FAQ index: finds entries in any language and wording, and knows when it has no answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.faq.entries import FaqEntry
from bot.judgement import Judge
from bot.nlu.encoder import Encoder
from bot.search.index import FaqIndex, IndexMismatch, Recipe


def entry(id: str, lang: str, *questions: str, answer: str = "") -> FaqEntry:
    return FaqEntry(id, lang, "test", questions, answer or f"This is about {id}.")


ENTRIES = (
    entry("refund", "en", "How do I get my money back?", "I want a refund", "refund for my order"),
    entry("parcel", "en", "Where is my parcel?", "track my order", "my package has not come"),
    entry("pay", "en", "Which cards do you accept?", "can I pay with PayPal", "payment methods"),
    entry("hours", "en", "When is the shop open?", "opening hours", "are you open on Sunday"),
    entry("size", "en", "Which size fits me?", "size chart", "is it true to size"),
    entry("password", "en", "I forgot my password", "reset my password", "cannot log in"),
    entry("tagasi", "et", "Kuidas saan raha tagasi?", "tagastamine", "soovin toote tagastada"),
    entry("pakk", "et", "Kus mu pakk on?", "jälgi saadetist", "tellimus pole kohale jõudnud"),
    entry("makse", "et", "Kuidas saab maksta?", "makseviisid", "kas pangalingiga saab maksta"),
    entry("avatud", "et", "Millal pood avatud on?", "lahtiolekuajad", "kas olete pühapäeval lahti"),
    entry("vozvrat", "ru", "Как вернуть деньги?", "возврат товара", "хочу вернуть заказ"),
    entry("posylka", "ru", "Где моя посылка?", "отследить заказ", "заказ не пришёл"),
    entry("oplata", "ru", "Как можно оплатить?", "способы оплаты", "принимаете карты"),
    entry("chasy", "ru", "Когда открыт магазин?", "часы работы", "вы работаете в воскресенье"),
    entry("troca", "pt", "Como devolver um artigo?", "quero o meu dinheiro de volta", "devolução"),
    entry("entrega", "pt", "Onde está a minha encomenda?", "seguir a entrega", "não recebi nada"),
    entry("pagar", "pt", "Como posso pagar?", "métodos de pagamento", "aceitam cartão"),
    entry("horas", "pt", "Quando está aberta a loja?", "horário", "abrem ao domingo"),
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> FaqIndex:
    return FaqIndex.build(ENTRIES, encoder)


def first(index: FaqIndex, encoder: Encoder, text: str, lang: str) -> str:
    return index.search(text, encoder.encode([text])[0], lang)[0].id


@pytest.mark.parametrize(
    ("lang", "text", "id"),
    [
        ("en", "give me my money back please", "refund"),
        ("en", "wher is my parcell", "parcel"),  # misspelt
        ("en", "refund?", "refund"),
        ("et", "kus pakk on", "pakk"),
        ("et", "kuidas pangalingiga maksta", "makse"),
        ("et", "tagastamine", "tagasi"),
        ("pt", "nao recebi a encomenda", "entrega"),  # without its diacritics
        ("pt", "quais os metodos de pagamento", "pagar"),
        ("ru", "как мне вернуть деньги за заказ", "vozvrat"),
        ("ru", "gde moya posylka", "posylka"),  # Russian without a Russian keyboard
        ("ru", "kak vernut dengi", "vozvrat"),
    ],
)
def test_finds_the_entry(index: FaqIndex, encoder: Encoder, lang: str, text: str, id: str) -> None:
    assert first(index, encoder, text, lang) == id


def test_several_texts_are_searched_as_each_is_alone(index: FaqIndex, encoder: Encoder) -> None:
    texts = ["wher is my parcell", "can I pay with a card?", "?!"]
    vectors = encoder.encode(texts)
    together = index.search_each(texts, vectors, "en")
    for text, vector, found in zip(texts, vectors, together, strict=True):
        alone = index.search(text, vector, "en")
        assert [match.id for match in found] == [match.id for match in alone]
        assert found[0].score == pytest.approx(alone[0].score, abs=1e-5)
    assert FaqIndex.build((), encoder).search_each(texts, vectors, "en") == [[], [], []]


@pytest.mark.parametrize(
    "text", ["what is the capital of France", "my neighbour's cat is so lovely", "tell me a joke"]
)
def test_says_nothing_to_what_it_does_not_know(
    index: FaqIndex, encoder: Encoder, text: str
) -> None:
    assert not Judge(encoder, index).ask(text, "en").answered


def test_answers_its_own_questions(index: FaqIndex, encoder: Encoder) -> None:
    for one in ENTRIES:
        given = Judge(encoder, index).ask(one.question, one.lang).answer
        assert given is not None, one.question
        assert given.entry == one


def test_scores_are_probabilities_in_order(index: FaqIndex, encoder: Encoder) -> None:
    matches = index.search("my order", encoder.encode(["my order"])[0], "en")
    scores = [match.score for match in matches]
    assert len(matches) == 6
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_languages_are_not_mixed(index: FaqIndex, encoder: Encoder) -> None:
    matches = index.search("refund", encoder.encode(["refund"])[0], "et")
    assert {match.entry.lang for match in matches} == {"et"}


def test_a_language_without_entries_falls_back(index: FaqIndex, encoder: Encoder) -> None:
    matches = index.search("refund", encoder.encode(["refund"])[0], "nl")
    assert matches[0].entry.lang == "en"


def test_empty_text_and_empty_index_have_no_matches(index: FaqIndex, encoder: Encoder) -> None:
    vector = encoder.encode([" "])[0]
    assert index.search("  ", vector, "en") == []
    assert FaqIndex.build((), encoder).search("refund", vector, "en") == []


def test_an_entry_without_phrasings_is_found_by_its_answer(encoder: Encoder) -> None:
    passages = (
        FaqEntry("moon", "ru", "", (), "Луна является единственным естественным спутником Земли."),
        FaqEntry(
            "volga", "ru", "", (), "Волга впадает в Каспийское море и считается рекой Европы."
        ),
        FaqEntry("iron", "ru", "", (), "Железо плавится при температуре 1538 градусов Цельсия."),
        FaqEntry("bees", "ru", "", (), "Пчёлы собирают нектар и делают из него мёд в ульях."),
    )
    index = FaqIndex.build(passages, encoder)
    assert first(index, encoder, "куда впадает река Волга", "ru") == "volga"
    assert first(index, encoder, "при какой температуре плавится железо", "ru") == "iron"


def test_close_entries_are_offered_both(encoder: Encoder) -> None:
    twins = (
        entry("order-cancel", "en", "How do I cancel my order?", "cancel order"),
        entry("order-change", "en", "How do I change my order?", "change order"),
        *ENTRIES[:5],
    )
    index = FaqIndex.build(twins, encoder)
    matches = index.search("my order", encoder.encode(["my order"])[0], "en")
    assert len(index.closest(matches)) in (0, 2)
    sure = index.search("cancel order", encoder.encode(["cancel order"])[0], "en")
    assert index.closest(sure) == ()


def test_adding_and_removing_make_a_new_index(index: FaqIndex, encoder: Encoder) -> None:
    gift = entry("gift", "en", "Do you sell gift cards?", "gift voucher", "present card")
    bigger = index.changed(encoder, add=[gift], remove=[("en", "hours")])
    assert first(bigger, encoder, "I want a gift voucher", "en") == "gift"
    assert "hours" not in {e.id for e in bigger.entries}
    assert "hours" in {e.id for e in index.entries}, "the old index is left as it was"
    assert bigger.parts["et"] is index.parts["et"], "other languages are not built again"
    emptied = index.changed(encoder, remove=[("et", e.id) for e in ENTRIES if e.lang == "et"])
    assert "et" not in emptied.languages


def test_a_saved_index_answers_the_same(index: FaqIndex, encoder: Encoder, tmp_path: Path) -> None:
    index.save(tmp_path / "faq")
    index.save(tmp_path / "faq")  # over the old one
    loaded = FaqIndex.load(tmp_path / "faq", encoder)
    for text, lang in (("track my order", "en"), ("kus pakk on", "et"), ("gde posylka", "ru")):
        vector = encoder.encode([text])[0]
        before, after = (one.search(text, vector, lang) for one in (index, loaded))
        assert [m.id for m in before] == [m.id for m in after]
        np.testing.assert_allclose([m.score for m in before], [m.score for m in after], atol=1e-3)


def test_an_index_of_another_encoder_is_refused_by_name(
    index: FaqIndex, encoder: Encoder, tmp_path: Path
) -> None:
    other = replace(index, recipe=replace(Recipe.of(encoder), model="some-other-model"))
    other.save(tmp_path / "faq")
    with pytest.raises(IndexMismatch, match="some-other-model"):
        FaqIndex.load(tmp_path / "faq", encoder)


def test_an_index_of_another_format_is_refused(
    index: FaqIndex, encoder: Encoder, tmp_path: Path
) -> None:
    index.save(tmp_path / "faq")
    path = tmp_path / "faq" / "index.json"
    raw = json.loads(path.read_text("utf-8"))
    raw["recipe"]["format"] = 0
    path.write_text(json.dumps(raw), "utf-8")
    with pytest.raises(IndexMismatch, match="format 0"):
        FaqIndex.load(tmp_path / "faq", encoder)


def test_a_missing_index_says_how_to_build_it(encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"bot\.faq build"):
        FaqIndex.load(tmp_path, encoder)


def test_one_question_in_a_long_story_is_found(index: FaqIndex, encoder: Encoder) -> None:
    story = (
        "We moved house in spring and nothing has worked since. The neighbours have a dog. "
        "My sister came for a week with both children and it rained all the time. "
        "We painted the kitchen yellow and then white again after all. I forgot my password. "
        "The garden is full of apples that nobody wants to eat. On Tuesday we drive to the sea "
        "with the old car if it starts, and we take the tent."
    )
    whole = index.search(story, encoder.encode([story])[0], "en")
    asked = Judge(encoder, index).ask(story, "en")
    assert asked.ranked[0].id == "password"
    assert asked.score > whole[0].score
