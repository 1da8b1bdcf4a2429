"""Requests for a person: honoured in any wording, not found in look-alikes.

These cases are written for this file; recall and precision over the labelled sets are the
business of `python -m benchmarks.dialogue`.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.rough import slip
from bot.faq.entries import read_folder
from bot.nlu.encoder import Encoder
from bot.nlu.human import HumanRequest


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="module")
def requests() -> HumanRequest:
    return HumanRequest.load()


ASKS = [
    ("en", "human"),
    ("en", "operator"),
    ("en", "I'd like to talk to a human, please"),
    ("en", "this bot is useless, get me someone"),
    ("en", "can smeone call me bakc please"),
    ("en", "My order 4471 came without the charger and I fly on Monday. Can I talk to a person?"),
    ("nl", "medewerker"),
    ("nl", "kan ik een echt mens aan de lijn krijgen"),
    ("nl", "bel me terug alsjeblieft"),
    ("pt", "atendente"),
    ("pt", "quero falar com uma pessoa"),
    ("pt", "nao quero robo, me passa pra um humano"),
    ("et", "inimene"),
    ("et", "soovin klienditeenindajaga raakida"),
    ("ru", "оператор"),
    ("ru", "дайте мне живого человека"),
    ("ru", "hochu pogovorit s operatorom"),
    ("af", "mens"),
    ("af", "ek wil met 'n regte persoon praat"),
]
LOOK_ALIKES = [
    ("en", "are you a human?"),
    ("en", "is this agent software?"),
    ("en", "my agent at the bank told me to call"),
    ("en", "the human body needs sleep, how long is the night shift?"),
    ("en", "I do not want to talk to a person"),
    ("en", "how many people fit in the tent?"),
    ("en", "where is my order?"),
    ("nl", "ben jij een mens?"),
    ("nl", "iemand heeft mijn fiets gestolen"),
    ("pt", "quantas pessoas cabem na barraca?"),
    ("et", "mitu inimest autosse mahub?"),
    ("ru", "сколько человек помещается в палатку?"),
    ("ru", "мой мобильный оператор поменял номер"),
    ("af", "is jy 'n mens?"),
]


@pytest.mark.parametrize(("lang", "text"), ASKS)
def test_a_request_is_honoured_at_first_sight(
    requests: HumanRequest, encoder: Encoder, lang: str, text: str
) -> None:
    request = requests.judge(text, encoder.encode([text])[0], lang)
    assert request.decided
    assert request.evidence[0].signal == "asks_for_human"


@pytest.mark.parametrize(("lang", "text"), LOOK_ALIKES)
def test_a_look_alike_is_not(
    requests: HumanRequest, encoder: Encoder, lang: str, text: str
) -> None:
    assert not requests.judge(text, encoder.encode([text])[0], lang).decided


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to talk to a bot, I want a person",
        "I do not want to wait any longer, give me an agent",
        "I don't want to talk to you, let me speak to a human",
        "No need for a refund. I want to speak to a human",
        "I do not know how to talk to an agent",
        "I don't understand you, I need help contacting an operator",
        "why can't I talk to a person",
        "ik wil niet met een robot praten, geef me een mens",
        "хватит роботов, позовите человека",
    ],
)
def test_refusing_the_bot_is_not_refusing_a_person(requests: HumanRequest, text: str) -> None:
    assert requests.judge(text, None).decided


@pytest.mark.parametrize(
    "text",
    [
        "I don't need an agent, where do I find my invoice?",
        "ik wil geen medewerker spreken, alleen de openingstijden weten",
        "não quero falar com atendente, só quero o link",
        "не надо звать оператора",
        "ma ei taha inimesega rääkida",
        "ek wil nie met 'n mens praat nie",
    ],
)
def test_refusing_a_person_is_respected(requests: HumanRequest, text: str) -> None:
    assert not requests.judge(text, None).decided


ROBUST = {
    "capitals": ["I WANT A HUMAN", "IK WIL EEN MEDEWERKER SPREKEN", "ДАЙТЕ ОПЕРАТОРА"],
    "shouted": ["HUMAN!!!", "agent!!!!!", "operator???", "ЧЕЛОВЕКА!!!"],
    "lengthened": ["huuuman", "aaagent please", "operatorrrr", "оператораааа"],
    "slips": ["hmuan please", "agnt plz", "opertor", "tlak to a preson", "medwerker graag"],
    "disguised": ["0perator", "hum4n please", "@gent please", "h u m a n", "a g e n t please"],
    "emoji": ["human 🙏", "🙏🙏 agent please 😡", "оператора 😡"],
    "no diacritics": ["nao quero robo, quero um atendente", "soovin raakida inimesega"],
    "Russian in Latin": ["pozovite operatora", "dayte zhivogo cheloveka", "perezvonite mne"],
    "two languages": [
        "hola, can I speak to a human",
        "sorry my Dutch is slecht, kan ik een mens spreken",
        "bonjour, operator please",
    ],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in ROBUST.items() for text in texts]
)
def test_a_request_is_heard_however_it_is_written(
    requests: HumanRequest, encoder: Encoder, kind: str, text: str
) -> None:
    assert requests.judge(text, encoder.encode([text])[0]).decided, kind


@pytest.mark.parametrize("lang", [None, "nl", "ru", "xx"])
@pytest.mark.parametrize(("real", "text"), ASKS)
def test_the_language_it_is_said_to_be_in_does_not_matter(
    requests: HumanRequest, encoder: Encoder, lang: str | None, real: str, text: str
) -> None:
    vector = encoder.encode([text])[0]
    assert requests.judge(text, vector, lang) == requests.judge(text, vector, real)


STORY = "The parcel came late and the box was wet, so I wrote to you twice about order 4471. "


@pytest.mark.parametrize("length", [500, 4000])
@pytest.mark.parametrize("where", ["first", "last"])
def test_a_request_is_found_in_a_long_story(
    requests: HumanRequest, encoder: Encoder, length: int, where: str
) -> None:
    story = STORY * (length // len(STORY))
    ask = "Please let me speak to a human."
    text = f"{ask} {story}" if where == "first" else f"{story}{ask}"
    assert requests.judge(text, encoder.encode([text])[0]).decided
    assert not requests.judge(story, encoder.encode([story])[0]).decided


ASKED_AMIDST = [
    ("en", STORY, "Please let me speak to a human."),
    ("en", STORY, "Could somebody call me back about this?"),
    ("nl", "Het pakket kwam te laat en de doos was nat. ", "Ik wil een medewerker spreken."),
    ("pt", "A encomenda chegou tarde e tem um risco. ", "Quero falar com uma pessoa."),
    ("et", "Pakk tuli hilja ja karp oli märg. ", "Palun helistage mulle tagasi."),
    ("ru", "Посылка пришла поздно, на плафоне вмятина. ", "Соедините меня с оператором."),  # noqa: RUF001
    ("af", "Die pakkie was laat en die boks was nat. ", "Ek wil met 'n mens praat."),
]


@pytest.mark.parametrize("length", [3000, 4000, 4500])
@pytest.mark.parametrize(("lang", "story", "ask"), ASKED_AMIDST)
def test_a_request_is_found_in_the_middle_of_the_longest_message(
    requests: HumanRequest, lang: str, story: str, ask: str, length: int
) -> None:
    half = story * (length // len(story) // 2)
    request = requests.judge(f"{half}{ask} {half}", None, lang)
    assert request.decided
    assert request.evidence[0].span == ask
    assert not requests.judge(half + half, None, lang).decided


@pytest.mark.parametrize("length", [600, 1500, 4000])
def test_a_request_is_found_where_nothing_ends_a_sentence(
    requests: HumanRequest, length: int
) -> None:
    half = "the parcel came late and the box was wet so i wrote " * (length // 104)
    assert requests.judge(f"{half}please let me speak to a human {half}", None).decided
    assert not requests.judge(half + half, None).decided


def test_the_longest_message_costs_little(requests: HumanRequest) -> None:
    story = "Could you call the shop, I want to know what my order of %d needs. " * 60
    took = []
    for i in range(20):
        text = (story % tuple(range(i, i + 60)))[:4000]
        start = time.process_time()
        requests.judge(text, None)
        took.append(time.process_time() - start)
    assert np.median(took) < 0.025


@pytest.mark.parametrize(
    "text",
    ["...", "?!?!", "1234567", "こんにちは", "مرحبا", "สวัสดี", "\u200b", "x" * 4000, "0 0 0 0"],
)
def test_what_says_nothing_asks_nobody(requests: HumanRequest, text: str) -> None:
    assert not requests.judge(text, None).decided


@pytest.mark.parametrize(
    "text", ["0 4 1 3", "a b c d e f", "p r i c e", "pr1ce of the 0rder", "3D printer at home"]
)
def test_only_people_are_read_out_of_a_disguise(requests: HumanRequest, text: str) -> None:
    assert not requests.judge(text, None).decided


def test_it_works_without_a_vector(requests: HumanRequest) -> None:
    assert requests.judge("let me speak to a human", None).decided
    assert not requests.judge("where is my parcel", None).decided


def test_a_vector_of_another_encoder_is_left_out(requests: HumanRequest) -> None:
    other = np.full(768, 1 / np.sqrt(768), dtype=np.float32)
    text = "let me speak to a human"
    assert requests.judge(text, other) == requests.judge(text, None)


def test_the_evidence_quotes_the_clause_that_asks(requests: HumanRequest) -> None:
    request = requests.judge("The parcel is wet. Get me a human, please! I am at home.", None)
    assert request.evidence[0].span == "Get me a human, please!"


def test_the_evidence_names_its_message(requests: HumanRequest) -> None:
    assert requests.judge("get me a human", None, message=4).evidence[0].message == 4


@pytest.mark.parametrize("text", ["", "   ", "???", "👍", "\n"])
def test_nothing_said_is_no_request(requests: HumanRequest, text: str) -> None:
    assert requests.judge(text, None).score == 0


def test_what_counts_as_a_person_is_a_setting() -> None:
    text = "I want to talk to the quartermaster"
    usual = HumanRequest.load().judge(text, None)
    ship = HumanRequest.load(people={"en": ["quartermaster"]}).judge(text, None)
    assert ship.score > usual.score
    assert ship.decided
    assert HumanRequest.load(people={"en": ["quartermaster"]}).judge("quartermaster", None).decided


def test_a_noun_taken_off_the_list_no_longer_counts() -> None:
    only = HumanRequest.load(people={"en": ["human", "person"]})
    assert HumanRequest.load().judge("supervisor", None).decided
    assert not only.judge("supervisor", None).decided
    assert only.judge("human", None).decided


def test_thresholds_can_be_set(requests: HumanRequest) -> None:
    text = "are there people in your office?"
    assert HumanRequest.load(decide=1e-9, offer=1e-9).judge(text, None).decided
    assert not HumanRequest.load(decide=1.0, offer=1.0).judge("human", None).decided


def test_it_takes_less_than_a_millisecond(requests: HumanRequest, encoder: Encoder) -> None:
    text = "I have read the article twice, it does not help, and number %d is still open."
    vector = encoder.encode([text])[0]
    took = []
    for i in range(100):
        start = time.process_time()
        requests.judge(text % i, vector)
        took.append(time.process_time() - start)
    assert np.median(took) < 1e-3


FAMILIES = {
    "to be called": [
        "could you ring me at ten",
        "have someone phone me this evening",
        "kunt u mij om 9 uur bellen",
        "queria que me telefonassem amanhã",
        "palun helistage mulle kell 4",
        "позвоните мне в семь вечера",
        "kan iemand my vanmiddag bel",
    ],
    "a team": [
        "let me talk to customer care",
        "I'd like to speak to the refunds department",
        "verbind me met de afdeling klachten",
        "soovin rääkida raamatupidamisega",
        "соедините с отделом возвратов",  # noqa: RUF001
        "ek wil met die klagte-afdeling praat",
    ],
    "to find somebody": [
        "where do I find a human to talk to",
        "where do you keep the humans",
        "who could I talk to about my refund",
        "waar kan ik een mens vinden om mee te praten",
        "onde é que encontro um atendente",
        "где найти живого оператора",
    ],
    "a boss": ["gimme your manager", "get ur boss", "ik wil je baas spreken", "kry jou baas"],
    "further up": [
        "please escalate my case",
        "escalate it",
        "I want this escalated",
        "eskaleer dit",
    ],
    "off the bot": ["get me out of this chatbot", "switch me to a human", "skip the bot"],
    "in few letters": ["need 2 speak 2 some1", "lemme spk to a person", "effe medewerker spreken"],
    "most politely": [
        "Would you be so kind as to put me in touch with somebody who can decide about it?",
        "Might it be possible to have a brief word with whoever handles complaints?",
    ],
}


@pytest.mark.parametrize(
    ("family", "text"), [(family, text) for family, texts in FAMILIES.items() for text in texts]
)
def test_a_request_is_heard_in_each_family_of_wordings(
    requests: HumanRequest, encoder: Encoder, family: str, text: str
) -> None:
    assert requests.judge(text, encoder.encode([text])[0]).decided, family


ALIKE = {
    "a thing of that name": ["operator handbook for the saw", "human error", "agent 47 poster"],
    "rather the bot": ["I would rather talk to you than to an agent", "liever jij dan een mens"],
    "no calls": ["por favor não me telefonem", "please don't phone me", "bel me niet meer"],
    "no longer": ["ik heb geen collega meer nodig", "I no longer need an operator"],
    "reviews": ["is this review by a real person", "is deze recensie van een echt mens"],
    "a wish for a thing": ["soovin arvet", "soovin lampi tagastada", "ek wil die stoel teruggee"],
    "about a courier": ["ik wil klagen over de koerier", "I want to complain about the driver"],
    "how to contact": ["Kuidas teiega ühendust võtta?", "hoe bereik ek julle winkel"],
    "when somebody is there": ["is daar saterdag iemand in die winkel", "are you there on sunday"],
    "a caller's name": ["please call me Peter", "call me a taxi at five", "ring my sister"],
}


@pytest.mark.parametrize(
    ("family", "text"), [(family, text) for family, texts in ALIKE.items() for text in texts]
)
def test_what_only_looks_like_a_request_is_none(
    requests: HumanRequest, encoder: Encoder, family: str, text: str
) -> None:
    assert not requests.judge(text, encoder.encode([text])[0]).decided, family


@pytest.mark.parametrize("lang", ["en", "nl", "pt", "et", "ru", "af"])
def test_no_question_of_the_shop_is_taken_for_a_request(
    requests: HumanRequest, encoder: Encoder, lang: str
) -> None:
    questions = [
        question
        for entry in read_folder(Path("data/faq"))
        if entry.lang == lang
        for question in entry.questions
    ]
    vectors = encoder.encode(questions)
    alarms = [
        question
        for question, vector in zip(questions, vectors, strict=True)
        if requests.judge(question, vector, lang).decided
    ]
    assert len(alarms) < 0.005 * len(questions), alarms


@pytest.mark.parametrize("lang", ["en", "nl", "pt", "et", "ru", "af"])
def test_many_calm_questions_together_are_no_request(requests: HumanRequest, lang: str) -> None:
    questions = [q for e in read_folder(Path("data/faq")) if e.lang == lang for q in e.questions]
    for seed in range(5):
        some = random.Random(seed).sample(questions, 100)
        assert not requests.judge(". ".join(some)[:4000], None).decided, seed


@pytest.mark.parametrize("lang", ["en", "nl", "pt", "et", "ru", "af"])
def test_one_slip_of_the_keyboard_loses_few_requests(requests: HumanRequest, lang: str) -> None:
    asks = [text for known, text in ASKS if known == lang]
    typed = [slip(text, random.Random(f"{seed} {text}")) for seed in range(20) for text in asks]
    assert np.mean([requests.judge(text, None).decided for text in typed]) >= 0.9
