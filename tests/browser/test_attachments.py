"""Files between a customer and an agent, each in a browser of their own."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import BrowserContext, FilePayload, Locator, Route, expect

from tests.browser.actors import DeskServer, Shop
from tests.browser.agents_page import AgentsPage
from tests.browser.looking import axe, shot
from tests.browser.visitor import Visitor, visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]

# A picture on the clipboard, as a browser hands it over: without a name that means anything.
PASTE = """
async (field) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#17595a"; pen.fillRect(0, 0, 320, 200);
  pen.fillStyle = "#fff"; pen.fillRect(40, 60, 240, 80);
  const blob = await new Promise((done) => canvas.toBlob(done));
  const data = new DataTransfer();
  data.items.add(new File([blob], "image.png", { type: "image/png" }));
  const event = { clipboardData: data, bubbles: true, cancelable: true, composed: true };
  field.dispatchEvent(new ClipboardEvent("paste", event));
}
"""
PAINTED = "(picture) => picture.complete && picture.naturalWidth"


def photo(width: int = 640, height: int = 420) -> bytes:
    """As a phone makes it: with the place where it was taken."""
    picture = Image.new("RGB", (width, height), "#d8c9a8")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((80, 120, width - 80, height - 60), fill="#9a6b3f")
    pen.line((80, 120, width - 80, height - 60), fill="#3d2a18", width=12)
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[1] = "N"
    to = io.BytesIO()
    picture.save(to, "JPEG", exif=exif)
    return to.getvalue()


def voice(seconds: float = 1.0) -> bytes:
    to = io.BytesIO()
    with wave.open(to, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tones = (int(9000 * math.sin(n / 3)) for n in range(int(8000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", tone) for tone in tones))
    return to.getvalue()


def named(name: str, type: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType=type, buffer=content)


async def painted(picture: Locator) -> int:
    """Waits until the browser has drawn it; its width in pixels."""
    await expect(picture).to_be_visible()
    for _ in range(100):
        if width := await picture.evaluate(PAINTED):
            return int(width)
        await asyncio.sleep(0.05)
    raise AssertionError("the picture was not drawn")


async def chosen(visitor: Visitor, *files: FilePayload) -> None:
    """By the button, as a person does."""
    async with visitor.page.expect_file_chooser() as chooser:
        await visitor.panel.get_by_role("button", name="Attach a file").click()
    await (await chooser.value).set_files(list(files))


async def handed_over(visitor: Visitor, ana: AgentsPage) -> None:
    await visitor.human.click()
    await ana.take()
    await expect(visitor.notice("Ana has joined")).to_be_visible()


async def test_files_go_both_ways(
    staffed: DeskServer, ana: AgentsPage, context: Contexts, tmp_path: Path
) -> None:
    visitor = await visit(context, staffed)
    await visitor.open()
    await chosen(visitor, named("damaged box.jpg", "image/jpeg", photo()))
    tray = visitor.panel.locator(".tray")
    await expect(tray.get_by_text("damaged box.jpg")).to_be_visible()
    await expect(tray.locator(".size")).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "attachments-1-tray")
    await visitor.say("It came like this")
    sent = visitor.message("It came like this")
    assert await painted(sent.locator(".picture img")) == 640
    await expect(visitor.state("It came like this")).to_have_text("✓Sent")
    await expect(tray.locator("li")).to_have_count(0)

    # Pasted, and without a word: the picture is the message.
    await visitor.composer.evaluate(PASTE)
    await expect(tray.locator(".size")).to_be_visible()
    await visitor.composer.press("Enter")
    await expect(visitor.log.locator(".picture img")).to_have_count(2)
    assert await painted(visitor.log.locator(".picture img").last) == 320

    await handed_over(visitor, ana)
    await expect(ana.lists.get_by_text("Picture")).to_be_visible()  # the last message has no words
    seen = ana.transcript.get_by_role("img", name="damaged box.jpg")
    assert await painted(seen) == 640
    await expect(ana.transcript.locator(".picture img")).to_have_count(2)
    assert await painted(ana.transcript.locator(".picture img").last) == 320

    async with ana.page.expect_file_chooser() as chooser:
        await ana.button("Attach a file").click()
    label = named("return label.pdf", "application/pdf", b"%PDF-1.4 a label")
    await (await chooser.value).set_files([label, named("greeting.wav", "audio/wav", voice())])
    await expect(ana.main.locator(".tray .size")).to_have_count(2)
    await ana.reply.evaluate(PASTE)
    await expect(ana.main.locator(".tray .size")).to_have_count(3)
    assert await axe(ana.page) == []
    await shot(ana.page, "attachments-2-console-tray")
    await ana.send("Please print this one")
    await expect(ana.main.locator(".tray")).to_have_count(0)

    got = visitor.message("Please print this one")
    await expect(got.get_by_role("button", name="return label.pdf")).to_be_visible()
    assert await painted(got.locator(".picture img")) == 320
    sound = got.locator("audio")
    await expect(sound).to_be_visible()
    assert await sound.evaluate(
        "(it) => new Promise((done) => it.readyState ? done(it.duration)"
        " : (it.onloadedmetadata = () => done(it.duration)))"
    ) == pytest.approx(1.0, abs=0.1)
    async with visitor.page.expect_download() as download:
        await got.get_by_role("button", name="return label.pdf").click()
    kept = await download.value
    assert kept.suggested_filename == "return label.pdf"
    await kept.save_as(tmp_path / "label")
    assert (tmp_path / "label").read_bytes() == b"%PDF-1.4 a label"

    # The agent hears it too, and can go to any second of it.
    heard = ana.transcript.locator("audio")
    await expect(heard).to_be_visible()
    await heard.evaluate(
        "(it) => new Promise((done) => { it.onseeked = done; it.currentTime = 0.5; })"
    )
    assert await axe(visitor.page) == []
    assert await axe(ana.page) == []
    await visitor.log.evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
    await shot(visitor.page, "attachments-3-customer")
    await shot(ana.page, "attachments-4-agent")

    # All of it is there again after a reload, on both sides.
    await visitor.page.reload()
    await expect(visitor.panel).to_be_visible()
    assert await painted(visitor.message("It came like this").locator(".picture img")) == 640
    await ana.page.reload()
    assert await painted(ana.transcript.get_by_role("img", name="damaged box.jpg")) == 640


async def test_a_file_that_does_not_go_says_why_and_nothing_is_sent(
    staffed: DeskServer, context: Contexts
) -> None:
    visitor = await visit(context, staffed)
    await visitor.open()
    said = asyncio.Event()

    async def late(route: Route) -> None:
        await said.wait()
        await route.continue_()

    await visitor.page.route("**/files?*", late)
    huge = b"\0" * (20 * 1024 * 1024 + 1)
    await chosen(visitor, named("film.bin", "application/octet-stream", huge))
    await visitor.say("See the film")  # while it is on its way: the message waits for it
    await asyncio.sleep(0.5)
    await expect(visitor.message("See the film")).to_have_count(0)
    said.set()
    wrong = visitor.panel.get_by_role("alert")
    await expect(wrong).to_contain_text("film.bin is too big: a file may have up to 20 MB.")
    await expect(visitor.composer).to_have_value("See the film")
    await expect(visitor.message("See the film")).to_have_count(0)
    assert await axe(visitor.page) == []
    await shot(visitor.page, "attachments-5-too-big")
    await visitor.composer.press("Enter")  # without it, then
    await expect(visitor.message("See the film")).to_be_visible()


async def test_a_file_taken_back_is_not_sent(staffed: DeskServer, context: Contexts) -> None:
    visitor = await visit(context, staffed)
    await visitor.open()
    await chosen(
        visitor, named("one.txt", "text/plain", b"1"), named("two.txt", "text/plain", b"2")
    )
    await visitor.panel.get_by_role("button", name="Remove one.txt").click()
    await visitor.say("Only the second")
    message = visitor.message("Only the second")
    await expect(message.get_by_role("button")).to_have_count(1)
    await expect(message.get_by_role("button", name="two.txt")).to_be_visible()


async def test_a_picture_dropped_on_the_chat_of_a_strict_shop(
    staffed: DeskServer, context: Contexts, shop: Shop
) -> None:
    """Its policy forbids blob: pictures, so the picture is offered as a file."""
    page_at = shop.page(
        "/strict-files",
        f'<!doctype html><html lang="en"><title>Shop</title><script type="module" '
        f'src="{staffed.url}/widget/support-chat.js"></script><support-chat></support-chat>',
        Content_Security_Policy=(
            f"default-src 'none'; script-src {staffed.url}; "
            f"connect-src {staffed.url} {staffed.url.replace('http', 'ws')}"
        ),
    )
    page = await (await context()).new_page()
    await page.goto(page_at)
    visitor = Visitor(page)
    await visitor.open()
    await expect(visitor.panel.get_by_role("button", name="Attach a file")).to_be_visible()
    data = await page.evaluate_handle(
        "async (bytes) => { const data = new DataTransfer();"
        " data.items.add(new File([new Uint8Array(bytes)], 'box.jpg', { type: 'image/jpeg' }));"
        " return data; }",
        list(photo(320, 400)),
    )
    for event in ("dragover", "drop"):
        await visitor.panel.dispatch_event(event, {"dataTransfer": data})
    await expect(visitor.panel.locator(".tray .size")).to_be_visible()
    await visitor.say("Look")
    offered = visitor.message("Look").get_by_role("button", name="box.jpg")
    await expect(offered).to_be_visible()
    async with page.expect_download() as download:
        await offered.click()
    assert (await download.value).suggested_filename == "box.jpg"
