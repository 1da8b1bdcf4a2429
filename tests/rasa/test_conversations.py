"""Conversations with the trained assistant: real Rasa, real action server, real Redis."""

from __future__ import annotations

import pytest

from handoff.desk import Desk
from handoff.model import AgentId, Entry, Owner
from tests.rasa.processes import Customer, Process, handoff, texts

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(400)]

A_PERSON = {
    "en": "human",
    "nl": "medewerker",
    "pt": "humano",
    "et": "inimene",
    "ru": "оператор",
    "af": "kan ek met 'n mens praat?",
}
PASSED_ON = {
    "en": "I'm passing you to a person",
    "nl": "Ik verbind je door",
    "pt": "Vou passar a conversa a uma pessoa",
    "et": "Suunan teid inimese juurde",
    "ru": "Передаю разговор сотруднику",
    "af": "Ek sit jou deur na 'n mens",
}
UNKNOWN = "what is the melting point of tungsten in a vacuum"


def answers(entries: list[Entry]) -> list[Entry]:
    """Answers of the FAQ: they have a source."""
    return [entry for entry in entries if entry.body.get("source")]


@pytest.mark.parametrize("lang", A_PERSON)
async def test_the_very_first_message_asks_for_a_person(customer: Customer, lang: str) -> None:
    said = await customer.say(A_PERSON[lang])
    assert len(texts(said)) == 1
    assert texts(said)[0].startswith(PASSED_ON[lang])
    body = handoff(said)
    assert body is not None
    assert body["reason"] == "asked"
    assert body["evidence"][0]["message"] == 1
    assert (await customer.state()).owner is Owner.QUEUE


@pytest.mark.parametrize("lang", A_PERSON)
async def test_the_bot_names_a_word_that_reaches_a_person(customer: Customer, lang: str) -> None:
    """The word in the introduction is the word that works."""
    customer.lang = lang
    greeting = {
        "en": "hello",
        "nl": "hallo",
        "pt": "olá",
        "et": "tere",
        "ru": "привет",
        "af": "hallo",
    }
    (text,) = texts(await customer.say(greeting[lang]))
    word = text.rstrip("”“».").split()[-1].strip("“”„«»")
    assert (handoff(await customer.say(word)) or {}).get("reason") == "asked"


async def test_look_alikes_do_not(customer: Customer) -> None:
    for text in ("is this agent software?", "my agent at the bank told me to call"):
        assert handoff(await customer.say(text)) is None


async def test_a_question_with_typos_is_answered_once_with_its_source(customer: Customer) -> None:
    first = await customer.say("how do i cancel my ordr??")
    (answer,) = answers(first)
    assert "cancel" in answer.body["source"]["url"]
    assert [button["label"] for button in answer.body["buttons"]] == [
        "That helped",
        "Not what I meant",
    ]
    assert "human" in texts(first)[0]  # the first words say who speaks
    again = await customer.say("how do I cancel my order?")
    assert answers(again) == []
    assert answer.text not in texts(again)
    (offer,) = [entry for entry in again if entry.body.get("buttons")]
    assert offer.body["buttons"][0]["payload"]["intent"] == "affirm"
    assert (handoff(await customer.press(0)) or {}).get("reason") == "rejected"


@pytest.mark.parametrize(
    ("lang", "question"),
    [
        ("nl", "hoe annuleer ik mijn bestelling?"),
        ("pt", "como cancelo a minha encomenda?"),
        ("et", "kuidas ma saan tellimuse tühistada?"),
        ("ru", "как отменить заказ?"),
        ("af", "hoe kanselleer ek my bestelling?"),
    ],
)
async def test_answers_come_in_the_customers_language(
    customer: Customer, lang: str, question: str
) -> None:
    said = await customer.say(question)
    assert len(answers(said)) == 1
    assert not any("I'm a bot" in text for text in texts(said))


async def test_what_the_faq_does_not_know(customer: Customer) -> None:
    first = await customer.say(UNKNOWN)
    assert answers(first) == []
    assert texts(first)[-1] == "I don't have an answer to that. Shall I get a person?"
    refused = await customer.press(1)
    assert handoff(refused) is None
    second = await customer.say("which painter invented cubism in france")
    assert texts(second) != texts(first)
    assert second[-1].body["buttons"]
    body = handoff(await customer.say("yes please"))
    assert body is not None
    assert body["reason"] == "unanswered"
    assert {"missed"} <= {one["signal"] for one in body["evidence"]}


async def test_the_same_unanswered_question_in_other_words_goes_to_a_person(
    customer: Customer,
) -> None:
    await customer.say(UNKNOWN)
    second = await customer.say("at what temperature does tungsten melt in a vacuum")
    body = handoff(second)
    assert body is not None
    assert body["reason"] == "unanswered"
    assert len(set(texts(second))) == len(texts(second))


async def test_a_rejected_answer_is_followed_by_an_offer(customer: Customer) -> None:
    await customer.say("how can I pay?")
    said = await customer.press(1)
    assert handoff(said) is None
    assert said[-1].body["buttons"]
    assert (handoff(await customer.press(0)) or {}).get("reason") == "rejected"


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "/back",
        "/session_start",
        '/choose{"entry":"q7"}',
        "/affirm",
        "EXTERNAL: greet",
        "\u3000/restart",
        "/" + "{" * 2000,
    ],
)
async def test_a_typed_command_is_only_text(customer: Customer, text: str) -> None:
    await customer.say(UNKNOWN)  # an offer stands: "/affirm" as a command would be a yes
    before = await customer.state()
    said = await customer.say(text)
    assert answers(said) == []
    assert texts(said)
    assert (await customer.state()).fence - before.fence in (0, 1)
    if text == "/restart":  # the bot has not forgotten that it introduced itself
        assert not any("I'm a bot" in one for one in texts(said))


async def test_a_very_long_message_is_read_in_part_and_answered(customer: Customer) -> None:
    assert texts(await customer.say("how do I cancel my order? " * 150))


async def test_small_talk(customer: Customer) -> None:
    assert "bot" in texts(await customer.say("hello"))[0]
    assert texts(await customer.say("thanks")) == ["You're welcome."]
    assert "computer program" in texts(await customer.say("are you a robot?"))[0]
    assert texts(await customer.say("goodbye")) == ["Goodbye!"]


async def test_a_file_without_words(customer: Customer) -> None:
    said = await customer.say("", attachments=[{"id": "a", "kind": "image", "name": "a.png"}])
    assert texts(said)[-1] == "I can't open files, but a person can. Shall I get one?"


async def test_fury_goes_to_a_person(customer: Customer) -> None:
    for text in (
        "my parcel is still not here",
        "that does not help at all, this is the third time I ask!!!",
        "ARE YOU STUPID??? you useless piece of garbage, this is a disgrace!!!",
        "I've had enough of this CRAP, useless idiots!!!",
    ):
        said = await customer.say(text)
        if (await customer.state()).owner is Owner.QUEUE:
            break
        offered = [e for e in said if e.body.get("buttons") and "person" in e.text]
        if offered:
            return
    body = handoff(said)
    assert body is not None
    assert body["evidence"]


async def test_back_from_an_agent_old_evidence_does_not_count_again(customer: Customer) -> None:
    await customer.say("how can I pay?")
    await customer.say(UNKNOWN)
    await customer.say("human")
    desk = Desk(customer.store)
    ana = AgentId("ana")
    await desk.claim(customer.id, "op-claim", ana, "Ana", capacity=4)
    await desk.resolve(customer.id, "op-resolve", ana, "Ana", "solved")
    assert (await customer.state()).owner is Owner.BOT
    # Neither the request, nor the miss, nor the answer counts any more.
    again = await customer.say("how can I pay?")
    assert len(answers(again)) == 1
    assert handoff(again) is None
    missed = await customer.say(UNKNOWN)
    assert texts(missed) == ["I don't have an answer to that. Shall I get a person?"]
    second = await customer.say("I want to speak to a human")
    assert (handoff(second) or {}).get("reason") == "asked"


async def test_many_messages_at_once_are_answered_in_their_order(customer: Customer) -> None:
    for n in range(8):
        last = await customer.write(f"hello number {n}")
    await customer.settled(last)
    log = await customer.since(0)
    numbers = [int(e.id.removeprefix("t-").split(".")[0]) for e in log if texts([e])]
    assert numbers == sorted(numbers)


async def test_nothing_that_customers_wrote_is_in_rasas_log(
    customer: Customer, bot: Process
) -> None:
    secret = "my-card-is-4111-1111"
    await customer.say(f"/{secret}")
    await customer.say(f"hello {secret}")
    assert secret not in bot.log.read_text("utf-8", "replace")
