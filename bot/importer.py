"""Training data: Rasa's own files, and the FAQ's phrasings as examples of the intent `question`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.faq import FaqEntry, read_folder
from bot.vocabulary import Intent

FAQ = Path("data/faq")
ENTRY = "faq_entry"  # key of a Rasa message: the entry whose phrasing it is


class KnowledgeImporter(RasaFileImporter):  # type: ignore[misc]
    """What small talk is told from: everything that the FAQ answers is a question."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: Sequence[str] | str | None = None,
        faq: str = str(FAQ),
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self._faq = Path(faq)

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Rasa's files and the FAQ.

        Each phrasing carries its entry: a changed answer counts as changed training data, and
        `bot.components.faq` needs no other source.
        """
        given = super().get_nlu_data(language)
        questions = [
            Message(data={TEXT: phrasing, INTENT: Intent.QUESTION.value, ENTRY: _entry(entry)})
            for entry in read_folder(self._faq)
            for phrasing in entry.questions
        ]
        return given.merge(TrainingData(questions))


def _entry(entry: FaqEntry) -> dict[str, str | bool | None]:
    return {
        "id": entry.id,
        "lang": entry.lang,
        "subject": entry.subject,
        "answer": entry.answer,
        "link": entry.link,
        "promotes": entry.promotes,
        "remedy": entry.remedy,
    }
