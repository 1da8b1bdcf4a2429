"""What browsers fetch, and with which precautions."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from handoff.web import pages
from handoff.web.security import EVERYWHERE
from tests.redis_server import RedisServer
from tests.web.desk import Desk, running_desk


async def fetch(desk: Desk, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{desk.url}{path}", headers=headers, allow_redirects=False) as response,
    ):
        return response, await response.text()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/demo", "text/html"),
        ("/console/", "text/html"),
        ("/console/main.js", "text/javascript"),
        ("/console/styles/base.css", "text/css"),
        ("/widget/support-chat.js", "text/javascript"),
        ("/widget/texts.json", "application/json"),
        ("/health", "application/json"),
    ],
)
async def test_pages_come_with_their_type_and_precautions(desk: Desk, path: str, kind: str) -> None:
    response, body = await fetch(desk, path)
    assert response.status == 200
    assert response.content_type == kind
    assert body
    expected = {name: value for name, value in EVERYWHERE.items() if name.startswith("X-Content")}
    assert expected.items() <= dict(response.headers).items()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "Server" not in response.headers


async def test_a_file_that_did_not_change_is_not_sent_again(desk: Desk) -> None:
    first, _ = await fetch(desk, "/widget/support-chat.js")
    assert first.headers["Cache-Control"] == "no-cache"
    again, body = await fetch(
        desk, "/widget/support-chat.js", **{"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status, body) == (304, "")


async def test_other_sites_may_load_the_widget_and_nothing_else(desk: Desk) -> None:
    for path in ("/widget/support-chat.js", "/widget/texts.json"):
        response, _ = await fetch(desk, path, Origin="https://shop.example")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/console/", "/console/main.js", "/api/session", "/health"):
        response, _ = await fetch(desk, path, Origin="https://shop.example")
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_the_console_runs_nothing_but_its_own_files(desk: Desk) -> None:
    response, _ = await fetch(desk, "/console/")
    policy = dict(
        part.strip().split(" ", 1)
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "baton"
    own = f"127.0.0.1:{desk.port}"
    assert policy["connect-src"] == f"'self' ws://{own} wss://{own}"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Frame-Options"] == "DENY"


async def test_a_host_header_writes_nothing_into_the_policy(desk: Desk) -> None:
    response, _ = await fetch(desk, "/console/", Host="x; script-src *")
    assert "script-src *" not in response.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize(
    "path",
    [
        "/widget/..%2fsettings.py",
        "/widget/%2e%2e/settings.py",
        "/widget/%2e%2e%2fmodel.py",
        "/widget//etc/passwd",
        "/widget/%00",
        "/console/..%2f..%2fREADME.md",
        "/console/" + "a" * 5000,
        "/console/views",
        "/widget/README.md",
        "/nothing",
        "/api/nothing",
    ],
)
async def test_nothing_else_leaves_the_house(desk: Desk, path: str) -> None:
    from yarl import URL

    async with (
        aiohttp.ClientSession() as session,
        session.get(URL(f"{desk.url}{path}", encoded=True)) as response,
    ):
        assert response.status == 404
        assert "Traceback" not in await response.text()


async def test_links_out_of_the_folder_are_not_followed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "widget"
    folder.mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (folder / "link.js").symlink_to(tmp_path / "secret.js")
    (folder / "own.js").write_text("own")
    monkeypatch.setattr(pages, "WIDGET", folder)
    assert (await fetch(desk, "/widget/own.js"))[0].status == 200
    assert (await fetch(desk, "/widget/link.js"))[0].status == 404


async def test_health_names_every_part(desk: Desk) -> None:
    response, _ = await fetch(desk, "/health")
    body = await response.json()
    assert body["status"] == "degraded"  # nobody answers as the bot here
    assert body["parts"] == {
        "redis": "ok",
        "feed": "ok",
        "bot": "away",
        "telegram": "not configured",
        "messenger": "not configured",
    }


async def test_health_lives_on_without_redis_and_ready_says_no(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    async with running_desk(own_redis.url, tmp_path) as desk:
        assert (await fetch(desk, "/ready"))[0].status == 200
        own_redis.stop()
        response, _ = await fetch(desk, "/health")
        assert response.status == 200
        assert (await response.json())["parts"]["redis"] == "away"
        assert (await fetch(desk, "/ready"))[0].status == 503
        own_redis.start()
        assert (await fetch(desk, "/ready"))[0].status == 200


async def test_metrics_are_for_this_machine_and_hold_nobodys_words(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="my secret")
        await widget.ask("say", text="")
        await widget.ask("human")
        _, text = await fetch(desk, "/metrics")
        assert 'baton_accepted_total{by="customer"} 2.0' in text
        assert 'baton_refused_total{by="customer",code="empty"} 1.0' in text
        assert "baton_waiting 1.0" in text
        assert "baton_sockets 1.0" in text
        assert "secret" not in text
        assert widget.welcome["conversation"] not in text
    response, _ = await fetch(desk, "/metrics", **{"X-Forwarded-For": "127.0.0.1"})
    assert response.status == 404
