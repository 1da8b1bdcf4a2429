"""Uploads and downloads at their edges, on a real desk."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from handoff import keys
from handoff.model import ConversationId
from handoff.shelves import Folder
from handoff.web import files as served
from tests.attachments.test_pictures import bomb, with_exif
from tests.web.desk import Desk, Socket, running_desk


async def put(
    desk: Desk, customer: Socket, content: Any, name: str = "a", type: str = "image/png"
) -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": type, "Authorization": f"Bearer {customer.welcome['token']}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{desk.url}/files", params={"name": name}, data=content, headers=headers
        ) as response,
    ):
        return response.status, await response.json()


async def get(
    desk: Desk, customer: Socket, id: str, method: str = "GET", **more: str
) -> tuple[aiohttp.ClientResponse, bytes]:
    headers = {"Authorization": f"Bearer {customer.welcome['token']}", **more}
    url = f"{desk.url}/files/{customer.welcome['conversation']}/{id}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers) as response,
    ):
        return response, await response.read()


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def on_disk(folder: Path) -> list[Path]:
    return everything(folder / "files")


async def test_a_photo_reaches_the_agent_without_its_place(desk: Desk, tmp_path: Path) -> None:
    async with desk.widget() as customer, desk.console_of() as console:
        _, body = await put(desk, customer, with_exif("JPEG", 6), "home.jpg", "image/jpeg")
        file = body["attachment"]
        assert (file["kind"], file["type"]) == ("image", "image/jpeg")
        await customer.ask("say", text="", attachments=[file["id"]])
        cid = customer.welcome["conversation"]
        assert console.browser is not None
        async with console.browser.session.get(f"/files/{cid}/{file['id']}") as response:
            content = await response.read()
        assert len(content) == file["size"]
        shown = Image.open(io.BytesIO(content))
        assert shown.size == (20, 40)
        assert not shown.getexif()
        [kept] = on_disk(tmp_path)
        assert kept.read_bytes() == content, "nor is it anywhere on the disk"
        assert kept.stat().st_mode & 0o077 == 0


async def test_a_bomb_is_refused_with_a_sentence(desk: Desk, tmp_path: Path) -> None:
    async with desk.widget() as customer:
        status, body = await put(desk, customer, bomb(60_000, 60_000))
        assert (status, body["code"]) == (422, "bad_picture")
        assert "pixels" in body["message"]
        assert on_disk(tmp_path) == []


async def test_a_zip_bomb_is_a_file_that_nobody_opens(desk: Desk) -> None:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(50_000_000))
    async with desk.widget() as customer:
        _, body = await put(desk, customer, to.getvalue(), "b.zip", "application/zip")
        assert body["attachment"]["kind"] == "file"
        response, content = await get(desk, customer, body["attachment"]["id"])
        assert content == to.getvalue()
        assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/evil",
        "/etc/passwd",
        "..\\..\\windows\\system32\\evil.dll",
        "a\0b.png",
        "%2e%2e%2f%2e%2e%2fx",
        "x" * 5000,
        "",
        ".",
        "con.png",
        "\u202egnp.exe",
        "<img src=x onerror=alert(1)>.png",
    ],
)
async def test_names_name_no_place(desk: Desk, tmp_path: Path, name: str) -> None:
    before = set(everything(tmp_path))
    async with desk.widget() as customer:
        status, body = await put(desk, customer, b"x", name, "text/plain")
        assert status == 201
        new = set(everything(tmp_path)) - before
        assert [path.parent.name for path in new] == [customer.welcome["conversation"]]
        told = body["attachment"].get("name", "")
        assert len(told) <= 120
        assert not any(sign in told for sign in "\0\n\r\u202e")
        response, content = await get(desk, customer, body["attachment"]["id"])
        assert (response.status, content) == (200, b"x")


async def test_a_body_of_unknown_length_is_measured_as_it_comes(
    redis_url: str, tmp_path: Path
) -> None:
    """The sender is cut off at the limit, and nothing of it stays."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(4000):
            sent += 65536
            yield bytes(65536)
            await asyncio.sleep(0)

    async with running_desk(redis_url, tmp_path, file_limit=1) as desk, desk.widget() as customer:
        try:
            status, body = await put(desk, customer, endless())
            assert (status, body["code"], body["most"]) == (413, "too_big", 1)
        except aiohttp.ClientOSError:
            pass  # told no while it was still talking
        assert sent < 60_000_000
        assert on_disk(tmp_path) == []
        assert not any(path.name.startswith("tmp") for path in everything(tmp_path))


async def test_a_message_with_a_file_may_be_sent_again(desk: Desk) -> None:
    async with desk.widget() as customer:
        _, body = await put(desk, customer, b"x", "a.txt", "text/plain")
        ids = [body["attachment"]["id"]]
        first = await customer.ask("say", id="same", text="", attachments=ids)
        again = await customer.ask("say", id="same", text="", attachments=ids)
        assert (first["type"], again["type"]) == ("accepted", "accepted")
        assert first["seq"] == again["seq"]
        assert [one["sender"] for one in customer.entries()].count("customer") <= 1


async def test_an_agents_file_cannot_be_said_by_the_customer(desk: Desk) -> None:
    async with desk.widget() as customer, desk.console_of() as console:
        await customer.ask("say", text="hello")
        cid = customer.welcome["conversation"]
        assert console.browser is not None
        async with console.browser.session.post(
            "/files",
            params={"conversation": cid, "name": "draft.txt"},
            data=io.BytesIO(b"not sent yet"),
            headers={"X-Baton": "1", "Content-Type": "text/plain"},
        ) as response:
            id = (await response.json())["attachment"]["id"]
        refused = await customer.ask("say", text="mine", attachments=[id])
        assert refused["code"] == "not_found"


async def test_an_address_cannot_fill_the_disk(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "BYTES_PER_ADDRESS", 250_000)
    async with desk.widget() as one, desk.widget() as other:
        assert (await put(desk, one, bytes(200_000), type="text/plain"))[0] == 201
        status, body = await put(desk, other, bytes(100_000), type="text/plain")
        assert (status, body["code"]) == (429, "rate")
        assert len(on_disk(tmp_path)) == 1


async def test_a_full_disk_is_said_and_leaves_nothing_behind(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("handoff.shelves.os.fsync", full)
    async with desk.widget() as customer:
        status, body = await put(desk, customer, b"x", "a.txt", "text/plain")
        assert (status, body["code"]) == (503, "unavailable")
        assert "Traceback" not in json.dumps(body)
        assert on_disk(tmp_path) == []


async def test_a_reader_asks_each_time_and_is_told_when_it_is_the_same(desk: Desk) -> None:
    async with desk.widget() as customer:
        _, body = await put(desk, customer, b"x" * 100, "a.txt", "text/plain")
        id = body["attachment"]["id"]
        response, _ = await get(desk, customer, id)
        assert response.headers["Cache-Control"] == "private, no-cache"
        again, content = await get(
            desk, customer, id, **{"If-None-Match": response.headers["ETag"]}
        )
        assert (again.status, content) == (304, b"")
        head, content = await get(desk, customer, id, method="HEAD")
        assert (head.status, head.headers["Content-Length"], content) == (200, "100", b"")


async def test_what_comes_for_an_erased_conversation_is_not_kept(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erased while its file was being written."""
    async with desk.widget() as customer:
        await customer.ask("say", text="hello")
        cid = ConversationId(customer.welcome["conversation"])
        loop = asyncio.get_running_loop()
        write = Folder.put

        def slow(shelf: Folder, conversation: str, name: str, content: bytes) -> None:
            asyncio.run_coroutine_threadsafe(desk.context.log.erase(cid), loop).result(5)
            write(shelf, conversation, name, content)

        monkeypatch.setattr(Folder, "put", slow)
        await put(desk, customer, b"x", "a.txt", "text/plain")
        assert on_disk(tmp_path) == []
        assert not await desk.context.store.redis.exists(keys.attachments(cid))


async def test_a_broken_picture_is_a_file(desk: Desk) -> None:
    async with desk.widget() as customer:
        _, body = await put(
            desk, customer, b"GIF89a/*<script>alert(1)</script>", "x.gif", "image/gif"
        )
        assert body["attachment"]["kind"] == "file"
        response, _ = await get(desk, customer, body["attachment"]["id"])
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")


async def test_a_list_says_what_a_message_without_words_brought(desk: Desk) -> None:
    async with desk.widget() as customer, desk.console_of() as console:
        _, body = await put(desk, customer, with_exif("PNG"), "box.png")
        await customer.ask("say", text="", attachments=[body["attachment"]["id"]])
        assert console.browser is not None
        _, state = await console.browser.get("/api/desk")
        [summary] = state["conversations"]
        assert (summary["last"]["text"], summary["last"]["files"]) == ("", ["image"])
