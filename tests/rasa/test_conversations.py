"""Conversations with the trained assistant: real Rasa, real action server, real Redis."""

from __future__ import annotations

import json

import pytest
import redis

from handoff import keys
from handoff.desk import Desk
from handoff.model import AgentId, Entry, Owner
from tests.rasa.processes import Customer, Process, handoff, texts
from tests.redis_server import RedisServer

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
TRIED = (
    "my solar lights don't work. I already wiped the panel clean, checked the switch and put in a "
    "new battery"
)
LIGHTS = "my solar lights don't work"
ASKS_TRIED = "What have you tried already?"
TRIED_ALL = "You've already tried what I would suggest. Shall I get a person?"
TRIED_SPAN = "I already wiped the panel clean"
TRIED_PART = "I got no order confirmation. I already looked in my spam folder."
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
    assert body["evidence"][0]["score"] >= body["evidence"][0]["threshold"] > 0
    assert (await customer.state()).owner is Owner.QUEUE


async def test_a_long_story_asks_for_a_person_somewhere(customer: Customer) -> None:
    told = "The lamps came in spring and we hung two of them above the garden table. " * 25
    body = handoff(await customer.say(f"{told}Please let me talk to a person. {told}"))
    assert body is not None
    assert body["reason"] == "asked"


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
    assert len(texts(first)) == 1  # the widget has said who speaks
    again = await customer.say("how do I cancel my order?")
    assert answers(again) == []
    assert answer.text not in texts(again)
    (offer,) = [entry for entry in again if entry.body.get("buttons")]
    assert offer.body["buttons"][0]["payload"]["intent"] == "affirm"
    assert (handoff(await customer.press(0)) or {}).get("reason") == "rejected"


async def test_first_words_where_no_widget_has_greeted(customer: Customer) -> None:
    customer.channel = "telegram"
    first = await customer.say("how do i cancel my order?")
    assert "I'm a bot" in texts(first)[0]
    assert len(answers(first)) == 1
    assert not any("I'm a bot" in text for text in texts(await customer.say("how can I pay?")))


# Two entries are as likely; asking tells, and "something else" traps nobody.
BETWEEN = "posso pagar com cartao"
BETWEEN_TWO = "Qual destas perguntas é a sua?"


async def test_one_question_between_two_close_entries(customer: Customer) -> None:
    said = await customer.say(BETWEEN)
    assert texts(said) == [BETWEEN_TWO]
    labels = [button["label"] for button in said[-1].body["buttons"]]
    assert len(labels) == 3
    assert labels[-1] == "Outra coisa"
    chosen = await customer.press(0)
    (answer,) = answers(chosen)
    assert answer.body["source"]["title"] == labels[0]


@pytest.mark.parametrize("by_hand", [False, True])
async def test_something_else_and_ones_own_words_go_on(customer: Customer, by_hand: bool) -> None:
    await customer.say(BETWEEN)
    other = await (customer.say("outra coisa") if by_hand else customer.press(2))
    assert texts(other)[0].startswith("Muito bem. Pergunte por outras palavras")
    assert handoff(other) is None
    assert len(answers(await customer.say("como cancelo a minha encomenda?"))) == 1


async def test_own_words_instead_of_a_choice(customer: Customer) -> None:
    await customer.say(BETWEEN)
    assert len(answers(await customer.say("como cancelo a minha encomenda?"))) == 1


async def test_nobody_is_asked_twice_in_a_row(customer: Customer) -> None:
    assert texts(await customer.say(BETWEEN)) == [BETWEEN_TWO]
    assert BETWEEN_TWO not in texts(await customer.say(BETWEEN))


@pytest.mark.parametrize(
    ("lang", "message", "headings"),
    [
        (
            "en",
            "Hi! Where is my order and can I change the address? Also do you ship to Norway?",
            ("Where is my order", "can I change the address?", "do you ship to Norway?"),
        ),
        (
            "nl",
            "Wat kost retourneren? En wanneer krijg ik mijn geld terug?",
            ("Wat kost retourneren?", "wanneer krijg ik mijn geld terug?"),
        ),
        (
            "pt",
            "Onde está a minha encomenda e posso mudar a morada?",
            ("Onde está a minha encomenda", "posso mudar a morada?"),
        ),
        (
            "et",
            "Kus mu tellimus on ja kas saan aadressi muuta?",
            ("Kus mu tellimus on", "kas saan aadressi muuta?"),
        ),
        (
            "ru",
            "Где мой заказ и можно ли изменить адрес?",
            ("Где мой заказ", "можно ли изменить адрес?"),
        ),
        (
            "af",
            "Waar is my bestelling en kan ek die adres verander?",
            ("Waar is my bestelling", "kan ek die adres verander?"),
        ),
    ],
)
async def test_several_questions_are_answered_in_one_turn(
    customer: Customer, lang: str, message: str, headings: tuple[str, ...]
) -> None:
    customer.lang = lang
    found = answers(await customer.say(message))
    assert [entry.text.split("\n")[0].strip("“”") for entry in found] == list(headings)
    assert len({entry.body["source"]["url"] for entry in found}) == len(headings)
    again = await customer.say(message)
    assert answers(again) == [], "no answer is given twice"


async def test_one_of_two_questions_has_no_answer(customer: Customer) -> None:
    said = await customer.say("Where is my order and who won the world cup in 1998?")
    assert len(answers(said)) == 1
    assert texts(said)[-1] == (
        "I have no answer to “who won the world cup in 1998?”. Shall I get a person for that?"
    )
    assert (handoff(await customer.press(0)) or {}).get("reason") == "unanswered"


async def test_a_single_question_is_not_torn_apart(customer: Customer) -> None:
    (answer,) = answers(await customer.say("Can I cancel my order and is it free?"))
    assert answer.body["source"]["title"] == "How do I cancel my order?"


@pytest.mark.parametrize(
    ("lang", "first", "second", "page"),
    [
        ("en", "can I change my order?", "and the address?", "delivery#address"),
        ("en", "how do I return something?", "and a large sofa?", "returns#large"),
        ("nl", "hoe stuur ik iets terug?", "en wat kost dat?", "returns#cost"),
        ("pt", "onde está a minha encomenda?", "e se estiver atrasada?", "delivery#late"),
        ("et", "kuidas saab maksta?", "aga kinkekaardiga?", "gifts#use"),
        ("ru", "какая гарантия?", "\u0430 как ей воспользоваться?", "warranty#claim"),
        ("af", "hoe stuur ek iets terug?", "en wat kos dit?", "returns#cost"),
    ],
)
async def test_a_question_goes_on_from_the_one_before(
    customer: Customer, lang: str, first: str, second: str, page: str
) -> None:
    customer.lang = lang
    assert len(answers(await customer.say(first))) == 1
    (answer,) = answers(await customer.say(second))
    assert page in answer.body["source"]["url"]


async def test_what_the_answer_above_says_is_not_said_again(customer: Customer) -> None:
    await customer.say("when are your shops open?")
    said = await customer.say("and the opening hours?")
    assert answers(said) == []
    assert texts(said)[0].startswith("I can only repeat what I answered above.")


async def test_what_was_tried_is_not_proposed_and_is_passed_on(customer: Customer) -> None:
    said = await customer.say(TRIED)
    assert answers(said) == []
    assert texts(said)[-1] == TRIED_ALL
    body = handoff(await customer.press(0))
    assert body is not None
    tried = [one for one in body["evidence"] if one["signal"] == "already_tried"]
    assert len(tried) == 3
    assert (tried[0]["message"], tried[0]["span"]) == (1, TRIED_SPAN)


async def test_of_an_answer_with_more_steps_the_rest_is_given(customer: Customer) -> None:
    said = await customer.say(TRIED_PART)
    assert texts(said)[0].startswith("You wrote: “")
    assert texts(said)[0].endswith("There is more to try:")
    assert len(answers(said)) == 1


async def test_before_steps_the_bot_asks_what_was_tried_and_leaves_it_out(
    customer: Customer,
) -> None:
    asked = await customer.say(LIGHTS)
    assert ASKS_TRIED in texts(asked)[-1]
    assert [button["label"] for button in asked[-1].body["buttons"]] == ["Nothing yet"]
    assert answers(asked) == []
    said = await customer.say("the switch is on, and there is a new battery in it")
    assert texts(said)[0].startswith("You wrote: “the switch is on”.")
    (answer,) = answers(said)
    assert "full sun" in answer.text
    assert "switch" not in answer.text
    assert "battery" not in answer.text


async def test_steps_come_whole_to_who_tried_nothing(customer: Customer) -> None:
    await customer.say(LIGHTS)
    (answer,) = answers(await customer.say("no, nothing yet"))
    assert "switch" in answer.text
    assert "battery" in answer.text


async def test_nobody_upset_is_sold_anything_or_surveyed(customer: Customer) -> None:
    for text in (
        "my order is still not here, this is ridiculous, third time I ask!!!",
        "you useless bot!!! and now tell me, how do I join the Vine Club?",
    ):
        said = await customer.say(text)
        if (await customer.state()).owner is Owner.QUEUE:
            break
        assert not any("Vine Club" in entry.text for entry in answers(said))
        buttons = [button for entry in said for button in entry.body.get("buttons", [])]
        assert "helpful" not in {button["payload"]["intent"] for button in buttons}


async def test_what_became_of_each_turn_is_remembered(
    customer: Customer, server: RedisServer
) -> None:
    """`Turn.outcome`, which patience is judged by, comes from this memory."""
    await customer.say("how can I pay?")
    await customer.say(UNKNOWN)
    client = redis.Redis.from_url(server.url)
    events = json.loads(client.hget(keys.tracker(customer.id), "events") or "[]")
    client.close()
    memories = [e["value"] for e in events if e.get("name") == "memory" and e["event"] == "slot"]
    assert list(memories[-1]["outcomes"].values()) == ["answered", "missed"]


@pytest.mark.parametrize(
    ("lang", "first", "second", "said"),
    [
        ("en", "how long does delivery take?", "and to Norway?", "Norway and Switzerland take 4"),
        ("nl", "hoe lang duurt de levering?", "en naar Noorwegen?", "Naar Noorwegen en Zwitserl"),
        ("pt", "quanto tempo demora a entrega?", "e para a Noruega?", "Para a Noruega e a Suíça"),
        ("et", "kui kaua tarne aega võtab?", "aga Norrasse?", "Norrasse ja Šveitsi kulub 4"),
        ("en", "when are your shops open?", "and on Sundays?", "All 5 shops are open"),
    ],
)
async def test_what_the_last_answer_says_of_it_is_said_again(
    customer: Customer, lang: str, first: str, second: str, said: str
) -> None:
    customer.lang = lang
    await customer.say(first)
    (answer,) = answers(await customer.say(second))
    assert answer.text.startswith(said)
    assert len(answer.text) < 120, "only that"


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
    customer.lang = "en"  # says the browser
    said = await customer.say(question)
    assert len(answers(said)) == 1
    assert not any("I'm a bot" in text for text in texts(said))
    assert (await customer.state()).lang == lang, "agents are told what the customer writes"


async def test_an_entry_that_only_another_language_has_is_given_with_a_word_about_it(
    customer: Customer,
) -> None:
    customer.lang = "nl"
    pressed = {"intent": "choose", "entities": {"entry": "jobs"}}
    said = await customer.say("Do you have any jobs?", payload=pressed)
    assert texts(said)[0] == "Dit antwoord heb ik alleen in een andere taal:"
    (answer,) = answers(said)
    assert "jobs" in answer.body["source"]["url"]


async def test_who_writes_another_language_is_answered_in_it(customer: Customer) -> None:
    customer.lang = "nl"
    (answer,) = answers(await customer.say("do you have any jobs at the moment?"))
    assert answer.body["source"]["title"] == "Do you have any jobs?"


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


def moods(entries: list[Entry]) -> list[dict[str, float]]:
    """What the log says of how messages were judged."""
    return [entry.body["mood"] for entry in entries if "mood" in entry.body]


async def test_every_turn_leaves_how_lost_the_patience_was_judged(customer: Customer) -> None:
    """An answer of the FAQ, small talk by the rules, a handoff; a button is not judged."""
    said = [
        await customer.say("how long does delivery take?"),
        await customer.say("thanks"),
        await customer.say("This is a disgrace, you are all liars and I want my money back NOW"),
    ]
    calm, thanks, furious = map(moods, said)
    assert [len(one) for one in (calm, thanks, furious)] == [1, 1, 1]
    for (mood,), entries in zip((calm, thanks, furious), said, strict=True):
        assert mood["message"] == entries[0].seq - 1
        assert all("mood" not in (entry.for_customer() or {}) for entry in entries)
    assert calm[0]["score"] < 0.2 > thanks[0]["score"]
    assert furious[0]["score"] >= furious[0]["threshold"] > 0.2
    body = handoff(said[2])
    assert body is not None
    assert body["reason"] == "frustrated"


async def test_a_button_has_no_words_to_be_judged(customer: Customer) -> None:
    await customer.say("how long does delivery take?")
    assert moods(await customer.press(0)) == []
