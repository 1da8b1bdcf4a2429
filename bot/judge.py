"""An interface for outside evaluation: JSON lines in, JSON lines out, `python -m bot.judge`.

    {"op":"load_faq","faq":[{"id","questions":[…],"answer","lang"}]} -> {"ok":true}
    {"op":"ask","id","text","lang"}  -> {"id","answered","score","ranked":[[faq id, score], …]}
    {"op":"turn","id","session","text","lang"}
        -> {"id","handoff","handoff_score","frustrated","frustration","evidence":[…]}
    {"op":"reset","session"}         -> {"ok":true}

`handoff` is a request for a person, `frustrated` that one is to be offered. Anything malformed is
answered {"error": "…"} and the next line is read. It is the running bot's own code and thresholds,
those of config.yml: everything is asked of `bot.judgement.Judge`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass, replace
from enum import Enum
from typing import Any, TextIO

from bot.faq.entries import FaqEntry

RANKED = 10
STRAYS = 0.05  # share of the entries that a language must have to be one of theirs
KEPT_TURNS = 50


class Malformed(ValueError):
    """A line that is not a request; the message says what is wrong with it."""


class Session:
    """Answers requests one by one, with memory of the customer turns per session."""

    def __init__(self) -> None:
        from bot.judgement import Judge

        self.judge = Judge.as_set(_encoder())
        self.turns: dict[str, list[Any]] = {}
        self.forgotten: Counter[str] = Counter()  # turns of a session that were too long ago
        self.operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "load_faq": self.load_faq,
            "ask": self.ask,
            "turn": self.turn,
            "reset": self.reset,
        }

    def reply(self, line: str) -> str:
        """One line to one line, never an exception."""
        # ASCII: a lone surrogate in an id is legal JSON, goes back as it came, and is no UTF-8.
        answer = self.answer(line)
        try:
            return json.dumps(answer, allow_nan=False)
        except (ValueError, RecursionError) as error:  # an id of 1e999, or a thousand lists deep
            return json.dumps({"error": f"no JSON can hold the answer: {error}"})

    def answer(self, line: str) -> dict[str, Any]:
        """What one request comes to, never an exception."""
        request: Any = None
        try:
            try:
                request = json.loads(line.lstrip("\ufeff"), parse_constant=_refused)
            except ValueError as error:
                raise Malformed(f"not JSON: {error}") from error
            if not isinstance(request, dict):
                raise Malformed("a request is a JSON object")
            operation = self.operations.get(str(request.get("op")))
            if operation is None:
                raise Malformed(
                    f"unknown op {request.get('op')!r}; known: {', '.join(self.operations)}"
                )
            return operation(request)
        except Malformed as error:
            return _error(request, str(error))
        except Exception as error:  # an evaluation goes on whatever one line did
            print(f"bot.judge: {type(error).__name__}: {error}", file=sys.stderr)
            return _error(request, f"{type(error).__name__}: {error}")

    def load_faq(self, request: dict[str, Any]) -> dict[str, Any]:
        given = request.get("faq")
        if not isinstance(given, list):
            raise Malformed("load_faq needs a list `faq`")
        entries = self._with_languages([_entry(number, one) for number, one in enumerate(given)])
        for (lang, id), count in Counter((entry.lang, entry.id) for entry in entries).items():
            if count > 1:
                raise Malformed(f"the id {id!r} occurs {count} times in {lang}")
        self.judge.learn([entry for entry in entries if entry.questions or entry.answer.strip()])
        self._ids = {str(one["id"]): one["id"] for one in given}
        return {"ok": True}

    def _with_languages(self, entries: list[FaqEntry]) -> list[FaqEntry]:
        """Entries that do not say their language get that of their own words. One that few others
        have is a name or a slip: then it is the language of all such entries together."""
        silent = [entry for entry in entries if not entry.lang]
        said = [" ".join(entry.questions) or entry.answer for entry in silent]
        detect = self.judge.languages.detect
        usual = detect(" ".join(said)).lang if any(map(str.strip, said)) else "en"
        told = [detect(text, hint=usual).lang for text in said]
        common = {lang for lang, count in Counter(told).items() if count >= STRAYS * len(told)}
        langs = iter(lang if lang in common else usual for lang in told)
        return [entry if entry.lang else replace(entry, lang=next(langs)) for entry in entries]

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = self.judge.ask(_text(request), _lang(request))
        ids = getattr(self, "_ids", {})
        return {
            "id": request.get("id"),
            "answered": asked.answered,
            "score": round(asked.score, 9),
            "ranked": [
                [ids.get(match.id, match.id), round(match.score, 9)]
                for match in asked.ranked[:RANKED]
            ],
        }

    def turn(self, request: dict[str, Any]) -> dict[str, Any]:
        from bot.nlu.dialogue import Turn

        text, lang, session = _text(request), _lang(request), _session(request)
        history = self.turns.setdefault(session, [])
        vector = self.judge.encode(text)
        judged = self.judge.turn(history, text, lang, vector)
        history.append(Turn(text, vector, lang))
        gone = self.forgotten[session]
        if len(history) > KEPT_TURNS:
            del history[0]
            self.forgotten[session] += 1
        evidence = (*judged.request.evidence, *judged.mood.evidence)
        return {
            "id": request.get("id"),
            "handoff": judged.request.decided,
            "handoff_score": round(float(judged.request.score), 6),
            "frustrated": judged.mood.frustrated,
            "frustration": round(float(judged.mood.score), 6),
            "evidence": [_plain(replace(one, message=one.message + gone)) for one in evidence],
        }

    def reset(self, request: dict[str, Any]) -> dict[str, Any]:
        if "session" not in request:
            self.turns.clear()
            self.forgotten.clear()
        else:
            session = _session(request)
            self.turns.pop(session, None)
            self.forgotten.pop(session, None)
        return {"ok": True}


def _refused(constant: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(constant)


def _entry(number: int, given: Any) -> FaqEntry:
    """One entry of `load_faq`, without a language where it says none."""
    if not isinstance(given, dict) or given.get("id") is None:
        raise Malformed(f"faq[{number}] needs an `id`")
    questions = given.get("questions") or []
    if isinstance(questions, str):
        questions = [questions]
    if not isinstance(questions, list) or not all(isinstance(q, str) for q in questions):
        raise Malformed(f"faq[{number}].questions must be a list of texts")
    answer = given.get("answer") or ""
    if not isinstance(answer, str):
        raise Malformed(f"faq[{number}].answer must be a text")
    asked = tuple(dict.fromkeys(_encodable(q) for q in questions if q.strip()))
    return FaqEntry(str(given["id"]), _lang(given) or "", "", asked, _encodable(answer))


def _error(request: Any, message: str) -> dict[str, Any]:
    told: dict[str, Any] = {"error": message}
    if isinstance(request, dict) and "id" in request:
        told["id"] = request["id"]
    return told


def _text(request: dict[str, Any]) -> str:
    text = request.get("text")
    if not isinstance(text, str):
        raise Malformed(f"{request['op']} needs a `text`")
    return _encodable(text)


def _encodable(text: str) -> str:
    """A lone surrogate is legal in JSON and cannot be encoded anywhere else."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _session(request: dict[str, Any]) -> str:
    """A session by what it is called; 5 and "5" are two."""
    if request.get("session") is None:
        raise Malformed(f"{request['op']} needs a `session`")
    return json.dumps(request["session"])


def _lang(request: dict[str, Any]) -> str | None:
    lang = request.get("lang")
    if lang is None or lang == "":
        return None
    if not isinstance(lang, str):
        raise Malformed('`lang` must be a text like "en"')
    return lang.casefold().replace("_", "-").split("-")[0]


def _plain(value: Any) -> Any:
    """Evidence as JSON: dataclasses, enums and numpy numbers as what they hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        return value.item()
    return value


def _encoder() -> Any:
    """The exported encoder; after a set-up without it, exported now, by a process of its own."""
    from bot.nlu.encoder import Encoder, EncoderError

    try:
        return Encoder.load()
    except EncoderError as error:
        print(f"bot.judge: {error} Doing so now.", file=sys.stderr)
        subprocess.run(
            [sys.executable, "-m", "bot.nlu.export"], check=True, stdout=sys.stderr.fileno()
        )
        return Encoder.load()


def serve(lines: Iterable[str], out: TextIO) -> None:
    """Answer each line with exactly one, flushed."""
    with contextlib.redirect_stdout(sys.stderr):
        session = Session()
        for line in lines:
            out.write(session.reply(line) + "\n")
            out.flush()


def main() -> int:
    # Libraries print where they like; what is ours alone is a copy of standard output.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    lines = (raw.decode("utf-8", "replace") for raw in sys.stdin.buffer)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(lines, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
