"""The FAQ from the command line: import, build, ask."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.faq.entries import FaqError, read_folder, slug, write_markdown
from bot.faq.importing import import_file

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "faq"


def import_(given: argparse.Namespace) -> int:
    entries = import_file(given.file, given.lang, given.subject)
    lang = entries[0].lang
    name = slug(given.name or given.subject or given.file.stem)
    path: Path = given.into / lang / f"{name}.md"
    if path.exists() and not given.replace:
        raise FaqError(f"{path} is there already: give --replace, or another --name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_markdown(entries), "utf-8")
    print(f"{len(entries)} entries ({lang}) written to {path}")
    for entry in entries:
        print(f"  {{#{entry.id}}} {entry.question}")
    print("Read them over, then run `python -m bot.faq build`.")
    return 0


def build(given: argparse.Namespace) -> int:
    from bot.nlu.encoder import Encoder, models_folder
    from bot.search.index import FaqIndex

    entries = read_folder(given.folder)
    index = FaqIndex.build(entries, Encoder.load())
    into = given.into or models_folder() / "faq"
    index.save(into)
    for lang, part in index.parts.items():
        known = part.knowledge
        print(f"{lang}: {len(known.entries)} entries, {len(known.phrasings)} phrasings")
    print(f"Index written to {into}")
    return 0


def ask(given: argparse.Namespace) -> int:
    from bot.judgement import Judge

    judge = Judge.load(given.models)
    if not judge.index.entries:
        raise FaqError("There is no index yet: run `python -m bot.faq build`.")
    asked = judge.ask(given.text, given.lang)
    part = judge.index.part(asked.lang)
    print(f"language   {asked.lang}" + ("" if given.lang else " (detected)"))
    for place, match in enumerate(asked.ranked[: given.top], start=1):
        print(f"{place:>2}. {match.score:.3f}  {match.entry.question}  {{#{match.id}}}")
    if part:
        told = "answered" if asked.answered else "I don't know"
        threshold = part.calibration.threshold
        print(f"decision   {told} ({asked.score:.3f}, answers from {threshold:.2f})")
    if asked.unsure:
        print("would ask  " + " / ".join(choice.entry.question for choice in asked.choices))
    elif asked.answer:
        print(f"\n{asked.answer.entry.answer}")
        if asked.answer.entry.link:
            print(f"More: {asked.answer.entry.link}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.faq", description=__doc__)
    commands = parser.add_subparsers(required=True)

    one = commands.add_parser("import", help="take over questions and answers from a file")
    one.add_argument("file", type=Path, help="Markdown, text, CSV or schema.org FAQPage JSON-LD")
    one.add_argument("--lang", help="language of the file (default: detected)")
    one.add_argument("--subject", help="subject of the entries (default: the page's title)")
    one.add_argument("--into", type=Path, default=FOLDER, help="folder (default: data/faq)")
    one.add_argument("--name", help="file name without .md (default: subject or file name)")
    one.add_argument("--replace", action="store_true", help="replace a file of that name")
    one.set_defaults(run=import_)

    two = commands.add_parser("build", help="make the index that the bot searches")
    two.add_argument("--folder", type=Path, default=FOLDER)
    two.add_argument("--into", type=Path, help="folder (default: models/faq)")
    two.set_defaults(run=build)

    three = commands.add_parser("ask", help="show what would be answered, and why")
    three.add_argument("text")
    three.add_argument("--lang")
    three.add_argument("--top", type=int, default=5)
    three.add_argument("--models", type=Path)
    three.set_defaults(run=ask)

    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (FaqError, FileNotFoundError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
