"""Formats that people already have, taken over into entries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.faq.__main__ import main
from bot.faq.entries import FaqError, read_markdown
from bot.faq.importing import import_file

PAGE = """Mis on tugi?
Tugi aitab kliente. See on oluline.
Tasemeid on neli.
Frequently Asked Questions
Kuidas saada abi?
Kirjutage meile. Vastame päeva jooksul.
Kas tugi on tasuta?
Jah, tugi on kõigile klientidele tasuta.
Tugitarkvara suurettevõtetele
Suurendage tõhusust juba täna.
Näete vaeva teenuse pakkumisega?
Proovige meie tarkvara kuu aega tasuta.
"""


def test_a_page_with_its_advertising(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, "utf-8")
    entries = import_file(path)
    assert [e.question for e in entries] == [
        "Mis on tugi?",
        "Kuidas saada abi?",
        "Kas tugi on tasuta?",
    ]
    assert entries[0].answer == "Tugi aitab kliente. See on oluline.\n\nTasemeid on neli."
    assert {e.lang for e in entries} == {"et"}, "the language is told from the text"
    assert "tarkvara" not in " ".join(e.answer for e in entries)


def test_plain_questions_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "faq.txt"
    path.write_text("Can I pay later?\nYes, within 30 days.\n\nIs it safe?\nIt is.\n", "utf-8")
    assert [(e.question, e.answer) for e in import_file(path, "en")] == [
        ("Can I pay later?", "Yes, within 30 days."),
        ("Is it safe?", "It is."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "question;answer;link\nMay I?;You may; yes.;https://a.example\nReally?;Really.;\n".replace(
            "You may; yes.", '"You may; yes."'
        ),
        'May I?,"You may; yes."\nReally?,Really.\n',
        "Vastus\tKüsimus\nYou may; yes.\tMay I?\nReally.\tReally?\n",
    ],
)
def test_csv_with_any_delimiter_and_header(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(text, "utf-8")
    assert [(e.question, e.answer) for e in import_file(path, "en")] == [
        ("May I?", "You may; yes."),
        ("Really?", "Really."),
    ]


def test_a_csv_row_without_an_answer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("question;answer\nMay I?;Yes\nAnd I?;\n", "utf-8")
    with pytest.raises(FaqError, match="row 3"):
        import_file(path, "en")


FAQ_PAGE = {
    "@context": "https://schema.org",
    "@type": "FAQPage",
    "name": "Returns",
    "mainEntity": [
        {
            "@type": "Question",
            "name": "How long have I got?",
            "acceptedAnswer": {
                "@type": "Answer",
                "text": "<p>30 days &amp; more:</p><ul><li>gifts</li><li>shoes</li></ul>",
            },
        },
        {"@type": "Question", "name": "No answer yet"},
    ],
}


def test_json_ld_alone_in_a_graph_and_in_a_page(tmp_path: Path) -> None:
    page = (
        "<html><head><script>var a = 1 < 2;</script>"
        f'<script type="application/ld+json">{json.dumps(FAQ_PAGE)}</script></head></html>'
    )
    for name, text in (
        ("faq.jsonld", json.dumps(FAQ_PAGE)),
        ("graph.json", json.dumps({"@graph": [{"@type": "WebSite"}, FAQ_PAGE]})),
        ("page.html", page),
    ):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        (entry,) = import_file(path, "en")
        assert entry.question == "How long have I got?"
        assert entry.answer == "30 days & more:\n- gifts\n- shoes"
        assert entry.subject == "Returns"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.html", "<html>no data</html>", "application/ld\\+json"),
        ("a.txt", "just a statement\nand another", "No question"),
        ("a.txt", "  \n", "is empty"),
        ("a.csv", "only one column\nof text\n", "two columns"),
    ],
)
def test_says_what_is_missing(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(FaqError, match=told):
        import_file(path, "en")


def test_the_command_writes_a_file_that_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "page.txt"
    source.write_text(PAGE, "utf-8")
    into = str(tmp_path / "faq")
    assert main(["import", str(source), "--into", into, "--name", "tugi"]) == 0
    assert len(read_markdown(tmp_path / "faq" / "et" / "tugi.md")) == 3
    assert main(["import", str(source), "--into", into, "--name", "tugi"]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "none.txt"), "--into", into]) == 1


def test_build_and_ask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "faq" / "en"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(
        "## Where is my parcel?\n- track my order\n\nFollow the link.\n\n"
        "## Can I pay with PayPal?\n- payment methods\n\nYes, and by card.\n",
        "utf-8",
    )
    models = tmp_path / "models"
    into = ["--into", str(models / "faq")]
    assert main(["build", "--folder", str(tmp_path / "faq"), *into]) == 0
    assert main(["ask", "track my order", "--lang", "en", "--models", str(models)]) == 0
    said = capsys.readouterr().out
    assert "1. " in said
    assert "Where is my parcel?" in said.split("2. ")[0]
    assert main(["ask", "hello", "--models", str(tmp_path)]) == 1
    assert "bot.faq build" in capsys.readouterr().err
