"""The website chat in a real browser, with a real desk: what must hold whatever happens."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import WebSocket, WebSocketRoute, expect

from handoff.log import Log
from handoff.model import AgentId, ConversationId
from handoff.store import Store
from tests.browser.actors import AgentClient, Bot, DeskServer, Shop
from tests.browser.looking import axe, shot
from tests.browser.visitor import Contexts, Visitor, visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE: dict[str, Any] = {
    "viewport": {"width": 320, "height": 640},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}


async def with_agent(visitor: Visitor, agent: AgentClient) -> str:
    """The visitor asks for a person and gets this one; the conversation."""
    others = await agent.waiting()
    await visitor.human.click()
    await expect(visitor.human).to_be_hidden()
    conversation = await agent.newest(besides=others)
    await agent.do("claim", conversation=conversation)
    await expect(visitor.notice(f"{agent.name} has joined")).to_be_visible()
    return conversation


async def test_answered_then_helped_by_a_person(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    """The whole of it as the customer sees it: the bot, the line, Ana, and back."""
    visitor = await visit(context, desk)
    await shot(visitor.page, "1-launcher")
    await visitor.open()
    await expect(visitor.log).to_contain_text("a bot")
    await expect(visitor.log).to_contain_text("human")
    await expect(visitor.page.get_by_text("Our team is here now")).to_be_visible()
    await expect(visitor.composer).to_be_focused()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "2-first-screen")

    await visitor.say("How long does delivery take?")
    await expect(visitor.message("How long").locator(".state")).to_have_text("✓Sent")
    await bot.answer(
        "Two to four working days.",
        buttons=["That helped", "Not quite"],
        source={"title": "Delivery times", "url": "https://shop.example/delivery"},
    )
    await expect(visitor.message("working days")).to_contain_text("Assistantbot")
    link = visitor.page.get_by_role("link", name="Delivery times")
    await expect(link).to_have_attribute("href", "https://shop.example/delivery")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert await axe(visitor.page) == []
    await shot(visitor.page, "3-answered")

    await visitor.page.get_by_role("button", name="Not quite").click()
    turn = await bot.answer("Shall I bring in a person?", buttons=["Yes, please", "No"])
    assert turn.entries[0].text == "Not quite"
    assert turn.entries[0].body["payload"] == "/Not quite"
    await expect(visitor.page.get_by_role("button", name="Not quite")).to_have_count(0)

    await visitor.human.click()
    await expect(
        visitor.page.get_by_role("status").get_by_text("You are next in line")
    ).to_be_visible()
    await expect(visitor.human).to_be_hidden()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "4-waiting")

    conversation = await agent.newest()
    await agent.do("claim", conversation=conversation)
    await expect(visitor.log.get_by_text("Ana has joined")).to_be_visible()
    await agent.hint("typing", conversation=conversation)
    await expect(visitor.page.get_by_text("Ana is typing")).to_be_visible()
    await agent.say(conversation, "Hello, I am Ana. Your parcel left us yesterday.")
    await expect(visitor.message("I am Ana")).to_contain_text("Anasupport team")
    await expect(visitor.page.get_by_text("Ana is typing")).to_be_hidden()
    await visitor.say("That was quick!")
    await expect(visitor.message("That was quick!").locator(".state")).to_have_text("✓Sent")
    last = (await agent.entries(conversation))[-1]
    assert last["text"] == "That was quick!"
    await agent.hint("seen", conversation=conversation, seq=last["seq"])
    await expect(visitor.message("That was quick!").locator(".state")).to_have_text("✓✓Seen")
    assert await axe(visitor.page) == []
    await shot(visitor.page, "5-with-ana")

    await agent.do("resolve", conversation=conversation, disposition="solved", note="")
    await expect(visitor.log.get_by_text("You're back with the assistant")).to_be_visible()
    await expect(visitor.human).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "6-resolved")


async def test_person_is_the_first_thing_asked_for(
    context: Contexts, desk: DeskServer, agent: AgentClient
) -> None:
    """Without a word said before; while waiting one may write on, and go back."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.human.click()
    await expect(visitor.page.get_by_text("You may keep typing")).to_be_visible()
    await visitor.sent("My parcel is lost")
    back = visitor.page.get_by_role("button", name="Back to the assistant")
    await back.click()
    await expect(visitor.notice("You're back with the assistant")).to_be_visible()
    await expect(visitor.human).to_be_visible()
    await expect(back).to_be_hidden()
    await with_agent(visitor, agent)  # it works a second time
    await expect(visitor.log.locator(".notice")).to_have_count(4)


async def test_reload_shows_everything_once_and_keeps_no_transcript(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("Zebra-striped cushions?")
    await bot.answer("We have them in blue.", buttons=["That helped"])
    await expect(visitor.message("in blue")).to_be_visible()
    conversation = await with_agent(visitor, agent)
    await agent.say(conversation, "Shall I put one aside?")
    await expect(visitor.message("put one aside")).to_be_visible()
    before = await visitor.said()
    kept = await visitor.kept()
    assert {key.split()[-1] for key in kept} == {"token", "seen"}
    assert not any("cushions" in value or "blue" in value for value in kept.values())

    await visitor.page.reload()
    await expect(visitor.panel).to_be_visible()  # it was open, on a page large enough
    await expect(visitor.message("put one aside")).to_be_visible()
    assert await visitor.said() == before
    await expect(visitor.page.get_by_role("button", name="That helped")).to_have_count(0)
    await expect(visitor.human).to_be_hidden()
    await expect(visitor.page.get_by_text("You are talking to a person")).to_be_visible()


async def test_offline_messages_wait_and_go_out_in_order(
    context: Contexts, desk: DeskServer, bot: Bot
) -> None:
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("before")
    await visitor.page.context.set_offline(True)
    await expect(visitor.page.get_by_text("No connection right now")).to_be_visible()
    for number in range(3):
        await visitor.say(f"written in a tunnel {number}")
    await expect(visitor.state("tunnel 2")).to_have_text("Waiting to be sent")
    assert len([key for key in await visitor.kept() if " out " in key]) == 3
    assert await axe(visitor.page) == []
    await shot(visitor.page, "7-offline")
    await visitor.page.context.set_offline(False)
    await expect(visitor.state("tunnel 2")).to_have_text("✓Sent", timeout=5000)
    await expect(visitor.page.get_by_text("No connection right now")).to_be_hidden()
    assert await visitor.said() == ["before", *(f"written in a tunnel {n}" for n in range(3))]
    turn = await bot.answer("All four arrived.")
    assert [entry.text for entry in turn.entries] == (await visitor.said())[:4]
    assert not [key for key in await visitor.kept() if " out " in key]


async def test_what_was_not_sent_survives_a_reload(context: Contexts, own_desk: DeskServer) -> None:
    """Typed while the desk is gone, the page reloaded from its cache or another tab: still sent."""
    visitor = await visit(context, own_desk)
    await visitor.open()
    await visitor.sent("first")
    own_desk.stop(signal.SIGKILL)
    await visitor.say("second")
    kept = [json.loads(value) for key, value in (await visitor.kept()).items() if " out " in key]
    own_desk.start()
    await visitor.page.reload()
    await expect(visitor.state("second")).to_have_text("✓Sent")
    assert await visitor.said() == ["first", "second"]
    async with AgentClient.at(own_desk, "Ana") as ana:
        entries = await ana.entries(await ana.newest("bot"))
    assert [entry["id"] for entry in entries if entry["text"] == "second"] == [kept[0]["id"]]


async def test_desk_killed_and_started_again(context: Contexts, own_desk: DeskServer) -> None:
    visitor = await visit(context, own_desk)
    await visitor.open()
    await visitor.sent("one")
    own_desk.stop(signal.SIGKILL)
    await visitor.say("two")
    await expect(visitor.page.get_by_text("No connection right now")).to_be_visible()
    await visitor.say("three")
    own_desk.start()
    await expect(visitor.state("three")).to_have_text("✓Sent", timeout=25_000)
    assert await visitor.said() == ["one", "two", "three"]


async def test_redis_killed_and_started_again(context: Contexts, own_desk: DeskServer) -> None:
    """The desk cannot take it: it is not failed, it waits, and arrives once."""
    visitor = await visit(context, own_desk)
    await visitor.open()
    await visitor.sent("one")
    own_desk.redis.stop(signal.SIGKILL)
    await visitor.say("two")
    await asyncio.sleep(1)
    await expect(visitor.message("two")).to_be_visible()
    await expect(visitor.page.get_by_role("button", name="Try again")).to_have_count(0)
    own_desk.redis.start()
    await expect(visitor.state("two")).to_have_text("✓Sent", timeout=25_000)
    assert await visitor.said() == ["one", "two"]


async def test_two_tabs_are_one_chat(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    visitor = await visit(context, desk)
    other = Visitor(await visitor.page.context.new_page())
    await other.page.goto(desk.url)
    for tab in (visitor, other):  # both before there is any conversation
        await tab.open()
        await expect(tab.page.get_by_text("Our team is here now")).to_be_visible()
    await visitor.sent("said in the first tab")
    await expect(other.message("said in the first tab")).to_be_visible()
    await other.sent("said in the second tab")
    await expect(visitor.message("said in the second tab")).to_be_visible()
    turn = await bot.answer("Both heard.")
    assert [entry.text for entry in turn.entries] == [
        "said in the first tab",
        "said in the second tab",
    ]
    await visitor.page.context.set_offline(True)
    await visitor.say("offline, first")
    await other.say("offline, second")
    await expect(visitor.message("offline, second")).to_be_visible()
    await visitor.page.context.set_offline(False)
    conversation = turn.conversation
    for tab in (visitor, other):
        await expect(tab.state("offline, second")).to_have_text("✓Sent")
        await expect(tab.log.locator(".message:not(.intro)")).to_have_count(5)
    texts = [entry["text"] for entry in await agent.entries(conversation)]
    assert texts[3:] == ["offline, first", "offline, second"]


async def test_second_tab_sends_what_the_first_could_not(
    context: Contexts, desk: DeskServer, bot: Bot
) -> None:
    """A tab that is closed before its message went out leaves it to the others."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("first")
    other = Visitor(await visitor.page.context.new_page())
    await other.page.goto(desk.url)
    await other.open()
    await expect(other.message("first")).to_be_visible()
    await visitor.page.route_web_socket("**/*", lambda route: None)  # leads nowhere
    await visitor.page.reload()
    await visitor.say("from a tab that reaches nobody")
    await visitor.page.close()
    await expect(other.state("reaches nobody")).to_have_text("✓Sent", timeout=8000)
    assert await other.said() == ["first", "from a tab that reaches nobody"]


async def test_lost_and_doubled_frames(context: Contexts, desk: DeskServer, bot: Bot) -> None:
    """A gap makes the widget read again; an acceptance that was lost makes it send again, the
    same; an entry that comes twice is shown once."""
    dropped: Counter[str] = Counter()

    def meddle(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def from_desk(message: str | bytes) -> None:
            frame = json.loads(message)
            kind = frame["type"]
            if kind == "accepted" and dropped["accepted"] < 1:
                dropped["accepted"] += 1
                return
            text = frame.get("entry", {}).get("text", "")
            if text == "lost on the way" and dropped["entry"] < 1:
                dropped["entry"] += 1
                return
            route.send(message)
            if kind == "entry":
                route.send(message)

        server.on_message(from_desk)

    visitor = await visit(context, desk)
    await visitor.page.route_web_socket("**/widget/socket", meddle)
    await visitor.page.reload()
    await visitor.open()
    await visitor.say("hello")
    await expect(visitor.message("hello")).to_be_visible()
    await bot.answer("lost on the way", "and the one after it")
    await expect(visitor.message("and the one after it")).to_be_visible()
    await expect(visitor.message("lost on the way")).to_be_visible()
    await expect(visitor.state("hello")).to_have_text("✓Sent")
    await visitor.sent("goes on")
    assert await visitor.said() == ["hello", "lost on the way", "and the one after it", "goes on"]
    assert dropped == {"accepted": 1, "entry": 1}


async def test_dead_line_is_noticed_when_the_page_wakes(
    context: Contexts, desk: DeskServer, bot: Bot
) -> None:
    """A laptop that slept: the socket looks open and carries nothing."""
    deaf = False

    def meddle(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        born_deaf = deaf
        server.on_message(lambda message: None if deaf and not born_deaf else route.send(message))

    visitor = await visit(context, desk)
    await visitor.page.route_web_socket("**/widget/socket", meddle)
    await visitor.page.reload()
    await visitor.open()
    await visitor.sent("good night")
    deaf = True
    await bot.answer("said while the lid was down")
    await asyncio.sleep(0.5)
    await expect(visitor.message("lid was down")).to_have_count(0)
    await visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(visitor.message("lid was down")).to_be_visible(timeout=9000)
    assert await visitor.said() == ["good night", "said while the lid was down"]


async def test_many_messages_at_once_keep_their_order(
    context: Contexts, desk: DeskServer, bot: Bot
) -> None:
    """Faster than the desk allows: refused for now, sent later, none lost, none moved."""
    visitor = await visit(context, desk)
    await visitor.open()
    texts = [f"line {number:02}" for number in range(16)]
    for text in texts:
        await visitor.say(text)
    await expect(visitor.state("line 15")).to_have_text("✓Sent", timeout=20_000)
    assert await visitor.said() == texts
    turn = await bot.answer("Read.")
    assert [entry.text for entry in turn.entries] == texts


async def test_refused_message_can_be_tried_again_or_removed(
    context: Contexts, desk: DeskServer
) -> None:
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.say("\u2060\u2060")  # nothing that anybody could see: the desk says `empty`
    await visitor.sent("visible")  # a refused one holds nobody up
    await expect(visitor.page.get_by_text("Not sent")).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "8-failed")
    await visitor.page.get_by_role("button", name="Try again").click()
    await expect(visitor.page.get_by_text("Not sent")).to_be_visible()
    await visitor.page.get_by_role("button", name="Remove").click()
    await expect(visitor.page.get_by_text("Not sent")).to_have_count(0)
    assert await visitor.said() == ["visible"]
    assert not [key for key in await visitor.kept() if " out " in key]


async def test_a_suggestion_is_pressed_once(context: Contexts, desk: DeskServer, bot: Bot) -> None:
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("hi")
    await bot.answer("First", buttons=["Old one"])
    await expect(visitor.page.get_by_role("button", name="Old one")).to_be_visible()
    await visitor.sent("something else")
    await expect(visitor.page.get_by_role("button", name="Old one")).to_have_count(0)
    await bot.answer("Second", buttons=["Yes", "No"])
    await visitor.page.get_by_role("button", name="Yes").dblclick()
    turn = await bot.answer("Fine.")
    assert [entry.text for entry in turn.entries] == ["Yes"]
    await expect(visitor.message("Fine.")).to_be_visible()
    assert await visitor.said() == ["hi", "First", "something else", "Second", "Yes", "Fine."]


async def test_hostile_text_is_only_text(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    visitor = await visit(context, desk)
    await visitor.open()
    attack = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
    await visitor.sent(attack)
    await bot.answer(
        "javascript:alert(1) data:text/html,x <b>bold</b> \u202eevil (see https://ok.example/a_(b)).",
        buttons=['<img src=x onerror="window.owned=1">'],
        source={"title": "<i>title</i>", "url": "javascript:window.owned=1"},
    )
    await expect(visitor.message("ok.example")).to_be_visible()
    conversation = await with_agent(visitor, agent)
    await agent.say(conversation, f"{attack} mail me@shop.example or tel:+31205550100.")
    await expect(visitor.message("mail me")).to_be_visible()
    links = await visitor.log.locator("a").evaluate_all("all => all.map(a => a.href)")
    assert links == ["https://ok.example/a_(b)", "mailto:me@shop.example", "tel:+31205550100"]
    assert await visitor.log.locator("img, script, b, i:not(.dots i)").count() == 0
    assert await visitor.page.evaluate("window.owned") is None
    assert (await visitor.said())[0] == attack
    assert await axe(visitor.page) == []


WILD = """
* { all: unset !important; color: red !important; font: italic 40px/3 cursive !important;
    letter-spacing: 1em !important; text-transform: uppercase !important;
    direction: rtl !important;
    position: static !important; display: inline !important; visibility: hidden !important;
    background: yellow !important;
    border: 9px solid !important }
body * { transform: rotate(9deg) !important; filter: blur(2px) !important; }
html { font-size: 62.5%; writing-mode: vertical-rl }
button, textarea, a, section, div { width: 3px !important; height: 900px !important }
"""


def snippet(desk: DeskServer, attributes: str = "", head: str = "", page: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{head}<script type="module" src="{desk.url}/widget/support-chat.js"></script></head>'
        f"<body><main><h1>A shop</h1>{page}</main>"
        f"<support-chat {attributes}></support-chat></body></html>"
    )


async def test_wild_page_does_not_get_in(
    context: Contexts, desk: DeskServer, shop: Shop, bot: Bot
) -> None:
    """The same sizes, fonts and places as on a page that behaves."""
    measure = """() => [...document.querySelector("support-chat").shadowRoot
        .querySelectorAll(".launcher, .panel, h2, .bubble, textarea, .human, .send")].map((one) => {
            const { x, y, width, height } = one.getBoundingClientRect();
            const style = getComputedStyle(one);
            return [one.className, x, y, width, height, style.color, style.fontFamily,
                style.fontSize, style.letterSpacing, style.textTransform, style.direction,
                style.visibility, style.fontStyle, style.writingMode, style.backgroundColor];
        })"""
    seen = []
    for name, head in (("tame", ""), ("wild", f"<style>{WILD}</style>")):
        made = await context()
        page = await made.new_page()
        await page.goto(shop.page(f"/{name}", snippet(desk, head=head)))
        visitor = Visitor(page)
        await visitor.open()
        await expect(page.get_by_text("Our team is")).to_be_visible()
        await visitor.sent("hello")
        await page.wait_for_timeout(400)
        await shot(page, f"9-{name}-page")
        seen.append(await page.evaluate(measure))
    assert seen[0] == seen[1]


async def test_strict_policy_of_the_page(
    context: Contexts, desk: DeskServer, shop: Shop, bot: Bot
) -> None:
    """Scripts and connections to the desk, nothing else; Trusted Types required; another origin."""
    policy = (
        f"default-src 'none'; script-src {desk.url}; "
        f"connect-src {desk.url} {desk.url.replace('http', 'ws')}; "
        "base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    address = shop.page("/strict", snippet(desk), Content_Security_Policy=policy)
    made = await context()
    page = await made.new_page()
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    await page.goto(address)
    visitor = Visitor(page)
    await visitor.open()
    await visitor.sent("hello from a strict page")
    await bot.answer("Hello.", buttons=["Fine"])
    await expect(visitor.message("Hello.")).to_be_visible()
    await visitor.composer.fill("a\nb\nc\nd")
    await visitor.page.get_by_role("button", name="Sound on new messages").click()
    box = await visitor.panel.bounding_box()
    assert box
    assert box["width"] > 300  # the styles are there
    assert [line for line in problems if "favicon" not in line] == []


async def test_foreign_origin_gets_no_chat(context: Contexts, desk: DeskServer) -> None:
    """A page that the desk does not know may load the widget and does not get through."""
    stranger = Shop()
    await stranger.start()
    try:
        made = await context()
        page = await made.new_page()
        await page.goto(stranger.page("/", snippet(desk, "open")))
        visitor = Visitor(page)
        await expect(page.get_by_text("No connection right now")).to_be_visible()
        await visitor.say("hello?")
        await expect(visitor.state("hello?")).to_have_text("Waiting to be sent")
    finally:
        await stranger.stop()


async def test_keyboard_only(context: Contexts, desk: DeskServer, shop: Shop, bot: Bot) -> None:
    made = await context()
    page = await made.new_page()
    await page.goto(shop.page("/keys", snippet(desk, page='<a href="#x">a link</a>')))
    visitor = Visitor(page)
    await expect(visitor.launcher).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(visitor.launcher).to_be_focused()
    await expect(visitor.launcher).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("Enter")
    await expect(visitor.composer).to_be_focused()
    await expect(visitor.launcher).to_have_attribute("aria-expanded", "true")
    await page.keyboard.type("two")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Enter")
    await expect(visitor.state("two")).to_have_text("✓Sent")
    assert await visitor.said() == ["two\nlines"]
    await expect(visitor.composer).to_be_focused()
    await bot.answer("Which?", buttons=["This", "That"])
    await expect(page.get_by_role("button", name="This")).to_be_visible()
    for _ in range(4):  # back over the clip, "Talk to a person" and "That"
        await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="This")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(visitor.state("This")).to_have_text("✓Sent")
    await expect(visitor.log).to_be_focused()  # not lost with the button
    await page.keyboard.press("Escape")
    await expect(visitor.panel).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()


async def test_input_method_is_respected(context: Contexts, desk: DeskServer) -> None:
    """Enter that accepts a word of an input method does not send it."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.composer.fill("にほん")
    await visitor.composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(visitor.composer).to_have_value("にほん")
    await visitor.composer.press("Enter")
    await expect(visitor.message("にほん")).to_be_visible()


async def test_phone_is_full_screen(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    visitor = await visit(context, desk, **PHONE)
    await shot(visitor.page, "p1-launcher")
    await visitor.open()
    await expect(visitor.page.get_by_text("Our team is here now")).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "p2-first-screen")
    await visitor.sent("Донаудампфшиффартсгезельшафт" * 4 + " https://shop.example/" + "x" * 90)
    await bot.answer("Kies maar.", buttons=["Een heel lang voorstel dat niet past", "Nee"])
    await expect(visitor.message("Kies maar.")).to_be_visible()
    await visitor.page.wait_for_timeout(300)
    await shot(visitor.page, "p3-answered")
    box = await visitor.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 640}
    assert await visitor.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    small = await visitor.panel.locator("button:visible, textarea").evaluate_all(
        "all => all.map(one => [one.className, one.getBoundingClientRect()])"
        ".filter(([, box]) => box.height < 44 || box.width < 44).map(([name]) => name)"
    )
    assert small in ([], [""])  # the textarea, inside a field that is large enough
    await visitor.human.click()
    await expect(visitor.page.get_by_role("button", name="Back to the assistant")).to_be_visible()
    await visitor.page.wait_for_timeout(300)
    assert await axe(visitor.page) == []
    await shot(visitor.page, "p4-waiting")
    await visitor.page.get_by_role("button", name="Close the chat").click()
    await expect(visitor.panel).to_be_hidden()
    await expect(visitor.launcher).to_be_visible()


async def test_twice_the_size(context: Contexts, desk: DeskServer, bot: Bot) -> None:
    """1280 by 800 at 200 %: everything can be reached and the log is there."""
    visitor = await visit(context, desk, viewport={"width": 640, "height": 400})
    await visitor.open()
    await visitor.sent("hello")
    await expect(visitor.composer).to_be_in_viewport()
    await expect(visitor.human).to_be_in_viewport()
    await expect(visitor.message("hello")).to_be_in_viewport()
    await shot(visitor.page, "10-zoomed")
    assert await axe(visitor.page) == []
    for _ in range(8):  # the page underneath is out of reach
        await visitor.page.keyboard.press("Tab")
        assert await visitor.page.evaluate("document.activeElement.localName") == "support-chat"


async def test_dark(context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot) -> None:
    visitor = await visit(context, desk, color_scheme="dark")
    await visitor.open()
    await visitor.sent("Is it dark in here?")
    await bot.answer(
        "It is.", buttons=["Good"], source={"title": "Light", "url": "https://a.example"}
    )
    await expect(visitor.message("It is.")).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "d1-answered")
    await visitor.human.click()
    await expect(visitor.page.get_by_text("You may keep typing")).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "d2-waiting")
    conversation = await agent.newest()
    await agent.do("claim", conversation=conversation)
    await agent.say(conversation, "Shall I put the light on?")
    await expect(visitor.message("the light on")).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "d3-with-ana")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_theme_without_a_site_s_colours(
    context: Contexts, desk: DeskServer, shop: Shop, theme: str, bot: Bot
) -> None:
    """The defaults keep their contrast; the attribute wins over the system."""
    other: Any = {"light": "dark", "dark": "light"}[theme]
    made = await context(color_scheme=other)
    page = await made.new_page()
    await page.goto(shop.page(f"/{theme}", snippet(desk, f'theme="{theme}"')))
    visitor = Visitor(page)
    await visitor.open()
    await visitor.sent("hello")
    await bot.answer("Hi.", buttons=["Yes"], source={"title": "All", "url": "https://a.example"})
    await expect(visitor.message("Hi.")).to_be_visible()
    assert await axe(page) == []
    await shot(page, f"11-default-{theme}")


@pytest.mark.parametrize(
    ("lang", "greeting", "human"),
    [
        ("nl", "Ik ben de assistent", "Praat met een mens"),
        ("pt", "Sou o assistente", "Falar com uma pessoa"),
        ("et", "Olen selle saidi assistent", "Räägi inimesega"),
        ("ru", "Я помощник", "Поговорить с человеком"),  # noqa: RUF001
        ("af", "Ek is hierdie webwerf", "Praat met 'n mens"),
    ],
)
async def test_languages(
    context: Contexts, desk: DeskServer, agent: AgentClient, lang: str, greeting: str, human: str
) -> None:
    """The switch of the demo shop; notices in the customer's words; what was typed is kept."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.composer.fill("half a sent")
    await visitor.page.get_by_label("Language").select_option(lang)
    await expect(visitor.log).to_contain_text(greeting)
    await expect(visitor.composer).to_have_value("half a sent")
    await visitor.page.get_by_role("button", name=human).click()
    notice = visitor.log.locator(".notice")
    await expect(notice).to_have_count(1)
    texts = json.loads((Path(__file__).parents[2] / "handoff" / "texts.json").read_text())[lang]
    assert (await notice.inner_text()).startswith(texts["notice.handoff"])
    assert await axe(visitor.page) == []
    await shot(visitor.page, f"l-{lang}")
    await visitor.page.get_by_role("button", name=texts["cancel"]).click()
    await expect(notice).to_have_count(2)


async def test_contact_link_opens_the_chat(context: Contexts, desk: DeskServer) -> None:
    visitor = await visit(context, desk)
    await visitor.page.get_by_role("link", name="Contact", exact=True).click()
    await expect(visitor.panel).to_be_visible()
    await expect(visitor.composer).to_be_focused()


async def test_unread_badge_and_events(
    context: Contexts, desk: DeskServer, agent: AgentClient
) -> None:
    """What was written while the chat was closed is counted until it is looked at."""
    visitor = await visit(context, desk)
    await visitor.page.evaluate(
        """() => { window.told = [];
            for (const name of ["open", "close", "message", "handoff"])
                document.addEventListener(`support-chat:${name}`,
                    (event) => told.push([name, event.detail])); }"""
    )
    title = await visitor.page.title()
    await visitor.open()
    conversation = await with_agent(visitor, agent)
    await visitor.page.keyboard.press("Escape")
    await agent.say(conversation, "Are you there?")
    await agent.say(conversation, "I am.")
    await expect(visitor.launcher).to_have_accessible_name("Open the chat. New messages: 2")
    await expect(visitor.launcher.locator(".badge")).to_have_text("2")
    assert await axe(visitor.page) == []
    await shot(visitor.page, "12-unread")
    assert await visitor.page.title() == title
    await visitor.page.reload()  # forgets what it heard, not what was not seen
    await expect(visitor.launcher.locator(".badge")).to_have_text("2")
    await visitor.open()
    await expect(visitor.launcher).to_have_accessible_name("Close the chat")
    await expect(visitor.launcher.locator(".badge")).to_be_hidden()
    heard = [frame for frame in agent.heard if frame["type"] == "seen"]
    del heard  # the console follows opened conversations only
    await visitor.page.reload()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.message("I am.")).to_have_count(1)
    await expect(visitor.launcher.locator(".badge")).to_be_hidden()


async def test_events_tell_what_happens_and_not_what_was_said(
    context: Contexts, desk: DeskServer, agent: AgentClient
) -> None:
    visitor = await visit(context, desk)
    await visitor.page.evaluate(
        """() => { window.told = [];
            for (const name of ["open", "close", "message", "handoff"])
                document.addEventListener(`support-chat:${name}`,
                    (event) => told.push([name, event.detail])); }"""
    )
    await visitor.open()
    conversation = await with_agent(visitor, agent)
    await agent.say(conversation, "a secret")
    await expect(visitor.message("a secret")).to_be_visible()
    await visitor.page.evaluate("document.querySelector('support-chat').open = false")
    await expect(visitor.panel).to_be_hidden()
    told = await visitor.page.evaluate("told")
    assert told == [
        ["open", {}],
        ["handoff", {"owner": "queue", "cause": "handoff", "name": None}],
        ["handoff", {"owner": "agent", "cause": "claimed", "name": "Ana"}],
        ["message", {"seq": 3, "sender": "agent", "name": "Ana"}],
        ["close", {}],
    ]


async def test_long_transcript(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    """Opens at its end; who reads further up is left there and told that there is more."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("start")
    turn = await bot.take()
    await bot.commit(turn, *(f"paragraph {number}" for number in range(200)))
    await expect(visitor.message("paragraph 199")).to_be_in_viewport()
    await visitor.page.reload()
    await expect(visitor.message("paragraph 199")).to_be_in_viewport()
    await expect(visitor.log.locator(".message:not(.intro)")).to_have_count(201)
    await visitor.log.evaluate("log => log.scrollTop = 300")
    conversation = turn.conversation
    await agent.do("take_over", conversation=conversation)
    await agent.say(conversation, "I have read all of it.")
    more = visitor.page.get_by_role("button", name="New messages", exact=True)
    await expect(more).to_be_visible()
    await shot(visitor.page, "13-more-below")
    assert await visitor.log.evaluate("log => log.scrollTop") == 300
    await more.click()
    await expect(visitor.message("read all of it")).to_be_in_viewport()
    await expect(more).to_be_hidden()


async def test_blocked_storage(context: Contexts, desk: DeskServer, bot: Bot) -> None:
    """Everything works, for as long as the page lives."""
    made = await context()
    await made.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name,
                { get() { throw new DOMException("blocked"); } });"""
    )
    page = await made.new_page()
    await page.goto(desk.url)
    visitor = Visitor(page)
    await visitor.open()
    await visitor.sent("nothing is kept")
    await bot.answer("So be it.")
    await expect(visitor.message("So be it.")).to_be_visible()
    await page.context.set_offline(True)
    await visitor.say("not even this")
    await page.context.set_offline(False)
    await expect(visitor.state("not even this")).to_have_text("✓Sent")
    assert await visitor.said() == ["nothing is kept", "So be it.", "not even this"]


async def test_unknown_token_begins_anew(context: Contexts, desk: DeskServer) -> None:
    """A token of a database that is gone: what was not sent goes into a new conversation."""
    visitor = await visit(context, desk)
    await visitor.page.evaluate(
        "url => localStorage.setItem(`support-chat ${url}/ token`, 'forged.token')", desk.url
    )
    await visitor.page.reload()
    await visitor.open()
    await visitor.sent("hello again")
    token = next(value for key, value in (await visitor.kept()).items() if key.endswith("token"))
    assert token != "forged.token"


async def test_erased_conversation_leaves_the_screen(
    context: Contexts, own_desk: DeskServer
) -> None:
    """A database made anew: the old words go, and a new conversation begins."""
    visitor = await visit(context, own_desk)
    await visitor.open()
    await visitor.sent("old", "words")
    own_desk.stop(signal.SIGKILL)
    store = await Store.open(own_desk.redis.url)
    await store.redis.flushall()
    await store.close()
    own_desk.start()
    await expect(visitor.log.locator(".message:not(.intro)")).to_have_count(0, timeout=25_000)
    await visitor.sent("new words")
    assert await visitor.said() == ["new words"]


async def test_erased_under_the_customer_s_hands(context: Contexts, own_desk: DeskServer) -> None:
    """Somebody's right to be forgotten does not cost them what they say next."""
    visitor = await visit(context, own_desk)
    await visitor.open()
    await visitor.sent("forget me")
    store = await Store.open(own_desk.redis.url)
    async with AgentClient.at(own_desk, "Ana") as ana:
        await Log(store).erase(ConversationId(await ana.newest("bot")))
    await store.close()
    await visitor.say("and now")
    await expect(visitor.message("forget me")).to_have_count(0)
    await expect(visitor.state("and now")).to_have_text("✓Sent")
    assert await visitor.said() == ["and now"]


async def test_right_to_left_page(context: Contexts, desk: DeskServer, shop: Shop) -> None:
    """The launcher stays where people look; messages take the direction of their words."""
    html = snippet(desk).replace('<html lang="en">', '<html lang="ar" dir="rtl">')
    made = await context()
    page = await made.new_page()
    await page.goto(shop.page("/rtl", html))
    visitor = Visitor(page)
    await visitor.open()
    await visitor.sent("مرحبا، أين طلبي؟")
    box = await visitor.launcher.bounding_box()
    assert box
    assert box["x"] > 1100
    bubble = visitor.message("مرحبا").locator(".bubble")
    assert await bubble.evaluate("one => getComputedStyle(one).direction") == "rtl"
    await page.evaluate("document.querySelector('support-chat').dir = 'rtl'")
    await shot(page, "14-rtl")


async def test_no_motion_where_none_is_wanted(context: Contexts, desk: DeskServer) -> None:
    visitor = await visit(context, desk, reduced_motion="reduce")
    await visitor.open()
    await visitor.sent("still")
    names = await visitor.panel.evaluate(
        "panel => [panel, ...panel.querySelectorAll('*')]"
        ".map(one => getComputedStyle(one).animationName)"
    )
    assert set(names) == {"none"}


async def test_read_aloud(context: Contexts, desk: DeskServer, bot: Bot) -> None:
    """A transcript that loads is not read out; what comes after it is, with its sender's name."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("hello")
    await bot.answer("Hello yourself.")
    await expect(visitor.message("Hello yourself.")).to_be_visible()
    await expect(visitor.log).to_have_attribute("aria-live", "polite")
    spoken = await visitor.log.locator(".message:not(.intro)").all_text_contents()
    assert spoken[0].startswith("You: hello")
    assert spoken[1].startswith("Assistantbot: Hello yourself.")
    await visitor.page.add_init_script(
        """addEventListener("DOMContentLoaded", () => { window.seen = [];
            const chat = document.querySelector("support-chat");
            new MutationObserver(() => {
                const log = chat.shadowRoot.querySelector(".log");
                if (log) seen.push([log.querySelectorAll(".message:not(.intro)").length,
                    log.getAttribute("aria-live")]);
            }).observe(chat.shadowRoot, { childList: true, subtree: true }); });"""
    )
    await visitor.page.reload()
    await expect(visitor.message("Hello yourself.")).to_be_visible()
    assert [1, "off"] in await visitor.page.evaluate("seen")
    await expect(visitor.log).to_have_attribute("aria-live", "polite")


async def test_nobody_on_duty_is_said_plainly(context: Contexts, own_desk: DeskServer) -> None:
    """No promise of minutes when there is nobody to keep it; when Ana comes, there is one."""
    visitor = await visit(context, own_desk)
    await visitor.open()
    await expect(visitor.page.get_by_text("Our team is away right now")).to_be_visible()
    await visitor.human.click()
    status = visitor.page.get_by_role("status").filter(has_text="line")
    await expect(status).to_contain_text("Nobody from the team is here right now")
    assert await axe(visitor.page) == []
    await shot(visitor.page, "15-nobody")
    async with AgentClient.at(own_desk, "Ana") as ana:
        await expect(status).to_contain_text("min")
        await ana.do("claim", conversation=await ana.newest())
        await expect(visitor.notice("Ana has joined")).to_be_visible()
        await expect(status).to_be_hidden()


async def test_yesterday_is_set_apart(context: Contexts, desk: DeskServer, bot: Bot) -> None:
    """Days are named where they change, and not while all is of today."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("first", "second")
    await expect(visitor.log.locator(".day")).to_have_count(0)
    await visitor.page.clock.set_fixed_time(time.time() + 24 * 3600)
    await visitor.page.reload()
    await expect(visitor.message("second")).to_be_visible()
    await expect(visitor.log.locator(".day")).to_have_text(["Yesterday"])
    await shot(visitor.page, "16-yesterday")


async def test_a_thousand_messages(context: Contexts, desk: DeskServer, agent: AgentClient) -> None:
    """A customer of many years: the chat opens, at its end."""
    visitor = await visit(context, desk)
    await visitor.open()
    conversation = ConversationId(await with_agent(visitor, agent))
    store = await Store.open(desk.redis.url)
    log = Log(store)
    for number in range(1000):
        await log.append_agent(
            conversation, f"m{number}", AgentId(agent.id), "Ana", f"paragraph {number}"
        )
    await store.close()
    await expect(visitor.message("paragraph 999")).to_be_in_viewport(timeout=20_000)
    await visitor.page.reload()
    await expect(visitor.message("paragraph 999")).to_be_in_viewport(timeout=20_000)
    await expect(visitor.log.locator(".message:not(.intro)")).to_have_count(1000)


async def test_element_that_is_taken_away_hangs_up(context: Contexts, desk: DeskServer) -> None:
    """A page that builds itself anew leaves no socket and no listener behind."""
    visitor = await visit(context, desk)
    sockets: list[WebSocket] = []
    visitor.page.on("websocket", lambda one: sockets.append(one))
    await visitor.open()
    await visitor.sent("still here")
    for _ in range(5):
        await visitor.page.evaluate("document.body.append(document.querySelector('support-chat'))")
        await expect(visitor.message("still here")).to_be_visible()
    await visitor.page.evaluate("document.querySelector('support-chat').remove()")
    await visitor.page.wait_for_timeout(300)
    assert len(sockets) == 6
    assert all(one.is_closed() for one in sockets)
    await visitor.page.evaluate("dispatchEvent(new Event('online'))")
    await visitor.page.wait_for_timeout(300)
    assert len(sockets) == 6


async def test_set_before_the_script_has_loaded(
    context: Contexts, desk: DeskServer, shop: Shop
) -> None:
    """A page need not wait for the element to set its properties."""
    html = snippet(desk, 'id="chat"').replace(
        "</body>", "<script>chat.open = true; chat.position = 'left'</script></body>"
    )
    made = await context()
    page = await made.new_page()
    await page.goto(shop.page("/early", html))
    visitor = Visitor(page)
    await expect(visitor.panel).to_be_visible()
    box = await visitor.launcher.bounding_box()
    assert box
    assert box["x"] < 100
    await page.evaluate("chat.open = false")
    await expect(visitor.panel).to_be_hidden()


async def test_what_came_back_is_shown(context: Contexts, desk: DeskServer) -> None:
    """The desk takes controls out of a text; the widget shows what is in the log."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.composer.evaluate("one => { one.value = 'bell\\u0007 rings' }")
    await visitor.composer.press("Enter")
    await expect(visitor.state("rings")).to_have_text("✓Sent")
    assert await visitor.said() == ["bell rings"]


async def test_agent_sees_typing_and_seen(
    context: Contexts, desk: DeskServer, agent: AgentClient
) -> None:
    """Both ways: what the customer does reaches whoever helps them."""

    async def hears(kind: str, **fields: object) -> None:
        for _ in range(100):
            for frame in agent.heard:
                if frame["type"] == kind and fields.items() <= frame.items():
                    return
            await asyncio.sleep(0.05)
        raise AssertionError((kind, fields, agent.heard[-5:]))

    visitor = await visit(context, desk)
    await visitor.open()
    conversation = await with_agent(visitor, agent)
    await agent.do("open", conversation=conversation, after=0)
    await visitor.composer.press_sequentially("I am")
    await hears("typing", conversation=conversation, who="customer")
    await visitor.launcher.click()
    await agent.say(conversation, "Take your time.")
    await expect(visitor.launcher.locator(".badge")).to_have_text("1")
    seq = (await agent.entries(conversation))[-1]["seq"]
    seen = {"type": "seen", "conversation": conversation, "seq": seq}
    assert not any(seen.items() <= frame.items() for frame in agent.heard)
    await visitor.open()
    await hears("seen", conversation=conversation, seq=seq)


async def test_a_site_s_own_looks(context: Contexts, desk: DeskServer, shop: Shop) -> None:
    """Custom properties from anywhere above, parts for the rest."""
    style = """<style>:root { --support-chat-accent: rgb(120, 20, 60); --support-chat-side: 60px }
        support-chat::part(launcher) { border-radius: 8px }</style>"""
    made = await context()
    page = await made.new_page()
    await page.goto(shop.page("/looks", snippet(desk, head=style)))
    visitor = Visitor(page)
    look = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderRadius]"
    assert await visitor.launcher.evaluate(look) == ["rgb(120, 20, 60)", "8px"]
    box = await visitor.launcher.bounding_box()
    assert box
    assert box["x"] + box["width"] == 1280 - 60


async def test_order_survives_a_clock_that_is_set_back(
    context: Contexts, desk: DeskServer, bot: Bot
) -> None:
    """Waiting messages go out as they were written, not as the wrong clock says."""
    visitor = await visit(context, desk)
    await visitor.open()
    await visitor.sent("zero")
    await visitor.page.route_web_socket("**/widget/socket", lambda route: None)  # leads nowhere
    await visitor.page.reload()
    await visitor.say("one")
    await visitor.page.clock.set_fixed_time(time.time() - 3600)
    await visitor.page.reload()
    await visitor.say("two")
    other = Visitor(await visitor.page.context.new_page())
    await other.page.goto(desk.url)
    await other.open()
    await expect(other.state("two")).to_have_text("✓Sent")
    assert await other.said() == ["zero", "one", "two"]
