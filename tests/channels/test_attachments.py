"""Files: fetched once from a platform, handed in by agents and customers, given to nobody else, and
never run by a browser."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from handoff import keys
from handoff.attachments import Files
from handoff.channels.errors import DeliveryError, Problem
from handoff.channels.web import CHANNELS
from handoff.file_types import kind_of, type_of
from handoff.model import ConversationId
from handoff.shelves import Bucket, Folder, Shelf
from handoff.store import Store
from tests.channels.conftest import Channel, telegram_on, until, until_async
from tests.channels.standins import BotApi
from tests.channels.test_telegram import ME, message
from tests.web.desk import Browser, Desk, Socket, running_desk


def drawn() -> bytes:
    """A picture with nothing but itself: redrawing changes nothing."""
    to = io.BytesIO()
    Image.new("RGB", (9, 9), "teal").save(to, "PNG")
    return to.getvalue()


PNG = drawn()
PDF = b"%PDF-1.4 hello"
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
CID = ConversationId("c" * 32)


WEBM = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d")


def photo(number: int, file: str, size: int = 0) -> dict[str, Any]:
    sizes = [{"file_id": file, "file_unique_id": "u", "width": 9, "height": 9, "file_size": size}]
    return message(number, photo=sizes)


@asynccontextmanager
async def got(url: str, **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        yield response


async def put(
    desk: Desk, content: bytes, name: str = "a.png", type: str = "image/png", **headers: str
) -> tuple[int, dict[str, Any]]:
    """As the widget does."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{desk.url}/files",
            params={"name": name},
            data=io.BytesIO(content),
            headers={"Content-Type": type, **headers},
        ) as response,
    ):
        return response.status, await response.json()


def as_customer(socket: Socket) -> dict[str, str]:
    return {"Authorization": f"Bearer {socket.welcome['token']}"}


async def put_as_agent(
    browser: Browser, cid: str, content: bytes, name: str, type: str
) -> tuple[int, dict[str, Any]]:
    async with browser.session.post(
        "/files",
        params={"conversation": cid, "name": name},
        data=io.BytesIO(content),
        headers={"X-Baton": "1", "Content-Type": type},
    ) as response:
        return response.status, await response.json()


@pytest.fixture
async def desk(redis_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(redis_url, tmp_path) as desk:
        yield desk


async def test_a_picture_from_telegram_is_fetched_once_and_kept(telegram: Channel) -> None:
    telegram.platform.files["AgL"] = (PNG, "")
    update = photo(1, "AgL", len(PNG))
    await telegram.told(update)
    cid = await telegram.conversation(ME)
    [file] = (await telegram.entries(ME))[0].body["attachments"]
    files = telegram.desk.context.files

    async def kept() -> bool:
        it = await files.describe(cid, file["id"])
        return it is not None and it.state == "kept"

    await until_async(kept)
    await telegram.told(update)
    await asyncio.sleep(0.3)
    assert len(telegram.platform.of("download")) == 1
    assert await files.read(cid, file["id"]) == PNG
    assert await telegram.store.redis.zcard(keys.FETCHING) == 0
    await telegram.desk.account("ana", "Ana")
    async with telegram.desk.signed_in("ana") as browser:
        async with browser.session.get(f"/files/{cid}/{file['id']}") as response:
            assert response.status == 200
            assert response.content_type == "image/png", "by its content, not by what was said"
            assert await response.read() == PNG


async def test_a_picture_is_waited_for_while_it_is_fetched(
    redis_url: str, tmp_path: Path, bot_api: BotApi
) -> None:
    async with telegram_on(redis_url, tmp_path, bot_api) as telegram:
        telegram.desk.app[CHANNELS].fetcher.again = (60.0,)
        await telegram.told(photo(1, "not-there-yet"))
        cid = await telegram.conversation(ME)
        await telegram.desk.account("ana", "Ana")
        async with telegram.desk.signed_in("ana") as browser:
            async with browser.session.get(f"/files/{cid}/m1.0") as response:
                assert response.status in (404, 503)

            async def lost() -> bool:
                async with browser.session.get(f"/files/{cid}/m1.0") as response:
                    return response.status == 404 and "refused" in await response.text()

            await until_async(lost)


async def test_a_file_that_is_too_big_is_not_fetched(telegram: Channel) -> None:
    telegram.platform.files["huge"] = (PNG, "")
    await telegram.told(photo(1, "huge", 30 * 1024 * 1024))
    cid = await telegram.conversation(ME)
    files = telegram.desk.context.files

    async def lost() -> str:
        it = await files.describe(cid, "m1.0")
        return it.why if it and it.state == "lost" else ""

    assert await until_async(lost) == Problem.TOO_BIG.sentence
    assert telegram.platform.of("download") == []


async def test_messengers_files_come_only_from_facebook(messenger: Channel) -> None:
    from tests.channels.test_messenger import ME as MIA
    from tests.channels.test_messenger import said

    platform = messenger.platform
    platform.files["a.jpg"] = (b"\xff\xd8\xff" + bytes(50), "image/jpeg")
    here = {"type": "image", "payload": {"url": f"{platform.url}/cdn/a.jpg"}}
    inside = {"type": "file", "payload": {"url": "http://127.0.0.1:1/latest/meta-data"}}
    elsewhere = {"type": "file", "payload": {"url": "https://evil-fbcdn.net/x"}}
    await messenger.told(said(1, "look", attachments=[here, inside, elsewhere]))
    cid = await messenger.conversation(MIA)
    files = messenger.desk.context.files

    async def states() -> list[str]:
        found = [await files.describe(cid, f"m_in1.{n}") for n in range(3)]
        known = [it.state.value for it in found if it]
        return known if "wanted" not in known else []

    assert await until_async(states) == ["kept", "lost", "lost"]


async def test_a_customer_of_the_website_sends_a_picture(desk: Desk) -> None:
    async with desk.widget() as customer:
        status, body = await put(desk, PNG, "broken.png", **as_customer(customer))
        assert status == 201
        file = body["attachment"]
        assert (file["kind"], file["name"], file["size"]) == ("image", "broken.png", len(PNG))
        done = await customer.ask("say", text="", attachments=[file["id"]])
        assert done["type"] == "accepted"
        entry = await customer.entry(sender="customer")
        assert entry["attachments"] == [file]
        url = f"{desk.url}/files/{customer.welcome['conversation']}/{file['id']}"
        async with got(url, **as_customer(customer)) as response:
            assert response.status == 200
            assert await response.read() == PNG


async def test_an_agent_sends_a_file_and_the_customer_gets_it(desk: Desk) -> None:
    async with desk.widget() as customer, desk.console_of() as console:
        await customer.ask("say", text="my invoice please")
        cid = customer.welcome["conversation"]
        await console.ask("take_over", conversation=cid)
        assert console.browser is not None
        status, body = await put_as_agent(
            console.browser, cid, PDF, "invoice.pdf", "application/pdf"
        )
        assert status == 201
        id = body["attachment"]["id"]
        done = await console.ask("say", conversation=cid, fence=1, text="Here", attachments=[id])
        assert done["type"] == "done"
        entry = await customer.entry(sender="agent")
        assert [one["name"] for one in entry["attachments"]] == ["invoice.pdf"]
        async with got(f"{desk.url}/files/{cid}/{id}", **as_customer(customer)) as response:
            assert response.status == 200
            assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "ids", [["nope"], [1], "u1", [{}], ["x"] * 11, {"id": "x"}, ["../../etc/passwd"]]
)
async def test_only_ones_own_uploads_can_be_said(desk: Desk, ids: Any) -> None:
    async with desk.widget() as customer:
        refused = await customer.ask("say", text="look", attachments=ids)
        assert (refused["type"], refused["code"]) == ("refused", "not_found")


async def test_nobody_else_sees_a_file(desk: Desk) -> None:
    async with desk.widget() as mia, desk.widget() as eve:
        _, body = await put(desk, PNG, **as_customer(mia))
        id = body["attachment"]["id"]
        url = f"{desk.url}/files/{mia.welcome['conversation']}/{id}"
        for headers in ({}, as_customer(eve), {"Authorization": "Bearer x"}, {"Cookie": "baton=x"}):
            async with got(url, **headers) as response:
                assert response.status == 404
                text = await response.text()
        async with got(f"{desk.url}/files/{'0' * 32}/{id}") as response:
            assert (response.status, await response.text()) == (404, text), "no oracle"
        refused = await eve.ask("say", text="mine", attachments=[id])
        assert refused["code"] == "not_found"


async def test_an_upload_needs_a_token_or_a_session_and_our_own_page(desk: Desk) -> None:
    assert (await put(desk, PNG))[0] == 401
    assert (await put(desk, PNG, Authorization="Bearer forged"))[0] == 401
    async with desk.widget() as customer:
        await customer.ask("say", text="hello")
        cid = customer.welcome["conversation"]
        evil = {"Origin": "https://evil.example", **as_customer(customer)}
        assert (await put(desk, PNG, **evil))[0] == 401
        await desk.account("ana", "Ana")
        async with desk.signed_in("ana") as browser:
            async with browser.session.post(
                "/files", params={"conversation": cid}, data=io.BytesIO(PNG)
            ) as response:
                assert response.status == 401, "without the header a form could do it"
            assert (await put_as_agent(browser, "0" * 32, PNG, "a.png", "image/png"))[0] == 404


async def test_a_page_that_carries_the_widget_may_use_it(redis_url: str, tmp_path: Path) -> None:
    shop = "https://shop.example"
    async with (
        running_desk(redis_url, tmp_path, widget_origins=(shop,)) as desk,
        desk.widget(origin=shop) as customer,
        aiohttp.ClientSession() as session,
    ):
        async with session.options(f"{desk.url}/files", headers={"Origin": shop}) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == shop
            assert "Access-Control-Allow-Credentials" not in response.headers
        async with session.options(
            f"{desk.url}/files", headers={"Origin": "https://evil.example"}
        ) as response:
            assert response.status == 403
        status, body = await put(desk, PNG, Origin=shop, **as_customer(customer))
        assert status == 201
        url = f"{desk.url}/files/{customer.welcome['conversation']}/{body['attachment']['id']}"
        async with got(url, Origin=shop, **as_customer(customer)) as response:
            assert response.headers["Access-Control-Allow-Origin"] == shop


@pytest.mark.parametrize(
    ("content", "told", "name"),
    [
        (HTML, "text/html", "x.html"),
        (HTML, "image/png", "x.png"),
        (SVG, "image/svg+xml", "x.svg"),
        (b"<?xml version='1.0'?>" + SVG, "application/xml", "x.xml"),
        (HTML, "application/xhtml+xml", "x"),
        (b"alert(1)", "text/javascript", "x.js"),
        (b"alert(1)", "application/ecmascript", "x.js"),
        (HTML, "text/plain", "x.txt"),
        (b"", "x/y", ""),
    ],
)
async def test_nothing_that_a_browser_might_run_is_shown(
    desk: Desk, content: bytes, told: str, name: str
) -> None:
    async with desk.widget() as customer:
        status, body = await put(desk, content or b"x", name, told, **as_customer(customer))
        assert status == 201
        url = f"{desk.url}/files/{customer.welcome['conversation']}/{body['attachment']['id']}"
        async with got(url, **as_customer(customer)) as response:
            assert response.status == 200
            headers = response.headers
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    for word in ("html", "svg", "xml", "script"):
        assert word not in headers["Content-Type"]


async def test_names_play_no_tricks_in_headers(desk: Desk) -> None:
    async with desk.widget() as customer:
        name = 'a"; filename="evil.exe\r\nX-Evil: 1\u202egnp.'
        _, body = await put(desk, PNG, name, **as_customer(customer))
        url = f"{desk.url}/files/{customer.welcome['conversation']}/{body['attachment']['id']}"
        async with got(url, **as_customer(customer)) as response:
            assert "X-Evil" not in response.headers
            assert response.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
            assert "\u202e" not in body["attachment"]["name"]


async def test_a_range_is_served_as_players_want_it(desk: Desk) -> None:
    video = b"\x00\x00\x00\x18ftypisom" + bytes(range(100))
    async with desk.widget() as customer:
        _, body = await put(desk, video, "v.mp4", "video/mp4", **as_customer(customer))
        assert body["attachment"]["kind"] == "video"
        url = f"{desk.url}/files/{customer.welcome['conversation']}/{body['attachment']['id']}"
        for wanted, status, piece in (
            ("bytes=0-3", 206, video[:4]),
            ("bytes=12-", 206, video[12:]),
            ("bytes=-5", 206, video[-5:]),
            ("bytes=5000-", 416, b""),
            ("lines=1-2", 200, video),
        ):
            async with got(url, Range=wanted, **as_customer(customer)) as response:
                assert (response.status, await response.read()) == (status, piece), wanted


async def test_a_file_that_is_too_big_or_empty_is_refused(redis_url: str, tmp_path: Path) -> None:
    async with running_desk(redis_url, tmp_path, file_limit=1) as desk, desk.widget() as customer:
        status, body = await put(desk, bytes(1024 * 1024 + 1), **as_customer(customer))
        assert (status, body["code"]) == (413, "too_big")
        status, body = await put(desk, b"", **as_customer(customer))
        assert (status, body["code"]) == (400, "empty")


async def test_a_flood_of_files_is_slowed_down(desk: Desk) -> None:
    async with desk.widget() as customer:
        statuses = [(await put(desk, PNG, **as_customer(customer)))[0] for _ in range(22)]
    assert statuses == [201] * 20 + [429] * 2


async def test_files_that_were_never_said_are_tidied_away(desk: Desk, tmp_path: Path) -> None:
    async with desk.widget() as customer:
        await put(desk, PNG, **as_customer(customer))
        folder = tmp_path / "files" / customer.welcome["conversation"]
        tidy = desk.app[CHANNELS].fetcher.tidy
        await tidy()
        assert folder.exists(), "a young one may be waiting for its first message"
        os.utime(folder, (0, 0))
        await tidy()
        assert not folder.exists()


async def test_files_of_a_conversation_are_not_tidied_away(desk: Desk, tmp_path: Path) -> None:
    async with desk.widget() as customer:
        _, body = await put(desk, PNG, **as_customer(customer))
        await customer.ask("say", text="", attachments=[body["attachment"]["id"]])
        folder = tmp_path / "files" / customer.welcome["conversation"]
        os.utime(folder, (0, 0))
        await desk.app[CHANNELS].fetcher.tidy()
        assert folder.exists()


async def test_files_of_an_erased_conversation_go_at_once(desk: Desk, tmp_path: Path) -> None:
    async with desk.widget() as customer:
        _, body = await put(desk, PNG, **as_customer(customer))
        await customer.ask("say", text="", attachments=[body["attachment"]["id"]])
        cid = ConversationId(customer.welcome["conversation"])
        assert (tmp_path / "files" / cid).exists()
        await desk.context.log.erase(cid)
        await until(lambda: not (tmp_path / "files" / cid).exists())


async def test_a_dead_desks_file_is_fetched_by_another_one(
    redis_url: str, tmp_path: Path, bot_api: BotApi
) -> None:
    bot_api.files["AgL"] = (PNG, "")
    async with telegram_on(redis_url, tmp_path, bot_api) as telegram:
        channels = telegram.desk.app[CHANNELS]
        channels.fetcher.store = None  # type: ignore[assignment]
        await telegram.told(photo(1, "AgL"))
    async with telegram_on(redis_url, tmp_path, bot_api) as telegram:
        await until(lambda: bot_api.of("download"))


@pytest.mark.parametrize(
    ("content", "told", "type", "kind"),
    [
        (PNG, "text/html", "image/png", "image"),
        (b"\xff\xd8\xff\xe0", "", "image/jpeg", "image"),
        (b"GIF89a", "", "image/gif", "image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp", "image"),
        (b"OggS\x00", "audio/ogg", "audio/ogg", "audio"),
        (b"ID3\x04", "", "audio/mpeg", "audio"),
        (b"\x00\x00\x00\x18ftypM4A ", "", "audio/mp4", "audio"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(16), "", "video/mp4", "video"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(16), "", "image/heic", "file"),
        (WEBM, "audio/webm", "audio/webm", "audio"),
        (WEBM, "text/html", "video/webm", "video"),
        (PDF, "application/pdf", "application/pdf", "file"),
        (b"PK\x03\x04", "application/vnd.oasis.opendocument.text", None, "file"),
        (b"PK\x03\x04", "application/java-archive", "application/zip", "file"),
        (b"hello", "text/plain", "text/plain", "file"),
        (HTML, "text/html", "application/octet-stream", "file"),
        (SVG, "image/svg+xml", "application/octet-stream", "file"),
        (b"MZ", "application/x-msdownload", "application/x-msdownload", "file"),
        (b"x", "text/plain\r\nX-Evil: 1", "application/octet-stream", "file"),
        (b"x", "image/png", "application/octet-stream", "file"),
    ],
)
def test_what_a_file_is_follows_from_its_first_bytes(
    content: bytes, told: str, type: str | None, kind: str
) -> None:
    found = type_of(content, told)
    assert found == (type or told)
    assert kind_of(found) == kind


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 of our own: moto's server, where some Python here has it."""
    python = next(
        (
            it
            for it in (sys.executable, "python3")
            if subprocess.run([it, "-c", "import moto.server"], capture_output=True).returncode == 0
        ),
        None,
    )
    if python is None:
        pytest.skip("no moto: run `pip install moto[server]`")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            import time

            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return Folder(tmp_path / "files")
    endpoint = request.getfixturevalue("s3")
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "test")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = Bucket(f"baton-{os.urandom(4).hex()}", endpoint)
    bucket.client.create_bucket(Bucket=bucket.bucket)
    return bucket


async def test_every_shelf_keeps_what_it_is_given(shelf: Shelf, redis_url: str) -> None:
    store = await Store.open(redis_url)
    try:
        files = Files(store, shelf, 1000)
        kept = await files.upload(CID, "agent:ana", "a.png", "image/png", PNG)
        assert await files.read(CID, kept.id) == PNG
        again = await files.describe(CID, kept.id)
        assert again == kept
        with pytest.raises(DeliveryError, match="too_big"):
            await files.upload(CID, "agent:ana", "b", "image/png", bytes(1001))
        with pytest.raises(DeliveryError, match="file_gone"):
            await files.read(CID, "unknown")
        with pytest.raises(DeliveryError, match="file_gone"):
            await files.read(ConversationId("d" * 32), kept.id)
        await files.forget(CID)
        with pytest.raises(DeliveryError, match="file_gone"):
            await files.read(CID, kept.id)
    finally:
        await store.close()


def test_files_on_disk_are_the_desks_alone(tmp_path: Path) -> None:
    shelf = Folder(tmp_path / "files")
    shelf.put("c1", "name", b"secret")
    assert (tmp_path / "files" / "c1").stat().st_mode & 0o077 == 0
    assert (tmp_path / "files" / "c1" / "name").stat().st_mode & 0o077 == 0
