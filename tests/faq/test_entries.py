"""FAQ files as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.faq.entries import (
    FaqEntry,
    FaqError,
    parse_markdown,
    read_folder,
    read_markdown,
    slug,
    write_markdown,
)

TEXT = """---
lang: en
subject: Delivery
---

## Where is my parcel? {#parcel}

- track my order
- parcel has not arrived

You can follow it with the link.

- Norway: five days
- Iceland: six

More: https://shop.example/tracking

## Do you deliver on Sunday?
No.
"""


def test_reads_what_a_person_writes() -> None:
    parcel, sunday = parse_markdown(TEXT)
    assert parcel == FaqEntry(
        "parcel",
        "en",
        "Delivery",
        ("Where is my parcel?", "track my order", "parcel has not arrived"),
        "You can follow it with the link.\n\n- Norway: five days\n- Iceland: six",
        "https://shop.example/tracking",
    )
    assert sunday.id == "do-you-deliver-on-sunday"
    assert (sunday.answer, sunday.link) == ("No.", None)


@pytest.mark.parametrize("marks", [(), ("promotes",), ("remedy",), ("promotes", "remedy")])
def test_what_an_answer_is_for_is_marked_below_it(marks: tuple[str, ...]) -> None:
    said = "".join(f"{mark.capitalize()}: yes\n" for mark in marks)
    (entry,) = parse_markdown(f"## Dark?\n\nTurn it on.\n\n{said}", lang="en")
    assert entry.answer == "Turn it on."
    assert [mark for mark in ("promotes", "remedy") if getattr(entry, mark)] == list(marks)
    assert parse_markdown(write_markdown([entry])) == (entry,)


def test_what_is_written_is_read_back_the_same() -> None:
    entries = parse_markdown(TEXT)
    assert parse_markdown(write_markdown(entries)) == entries


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\nlang: en\n\n## Q?\nA", "never closed"),
        ("## Q?\nA", "no language"),
        ("---\nlang: en\n---\n## Q?\n- other\n", "line 4: “Q\\?” has no answer"),
        ("---\nlang: en\n---\n## A? {#x}\na\n## B? {#x}\nb\n", "line 6: the id {#x} occurs twice"),
    ],
)
def test_says_what_is_wrong_and_where(text: str, told: str) -> None:
    with pytest.raises(FaqError, match=told):
        parse_markdown(text, name="faq.md")


def test_an_id_may_occur_once_per_language(tmp_path: Path) -> None:
    for lang, name in (("en", "a"), ("en", "b"), ("nl", "a")):
        (tmp_path / lang).mkdir(exist_ok=True)
        (tmp_path / lang / f"{name}.md").write_text("## Q? {#same}\nAnswer.\n", "utf-8")
    with pytest.raises(FaqError, match="once per language"):
        read_folder(tmp_path)
    (tmp_path / "en" / "b.md").unlink()
    assert {(e.lang, e.id) for e in read_folder(tmp_path)} == {("en", "same"), ("nl", "same")}


def test_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.md"
    path.write_bytes("## Où ça? {#a}\nIci".encode("latin-1"))
    with pytest.raises(FaqError, match="UTF-8"):
        read_markdown(path, lang="fr")


@pytest.mark.parametrize(
    ("question", "id"),
    [
        ("Kuidas määratleda kasutajatuge?", "kuidas-maaratleda-kasutajatuge"),
        ("Как вернуть деньги?", "kak-vernut-dengi"),
        ("???", "entry"),
    ],
)
def test_ids_are_plain_letters(question: str, id: str) -> None:
    assert slug(question) == id


def test_the_shipped_faq_can_be_read() -> None:
    entries = read_folder(Path(__file__).resolve().parents[2] / "data" / "faq")
    assert {"en", "nl", "pt", "et", "ru", "af"} <= {entry.lang for entry in entries}
    assert "kuidas-maaratleda-kasutajatuge" in {entry.id for entry in entries}
