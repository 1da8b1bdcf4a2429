"""Who gets in, who does not, and for how long."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import pytest

from handoff import keys
from handoff.accounts import Accounts, Passwords, Refused, Role, check_password, hash_of
from handoff.model import AgentId
from handoff.web import sessions
from handoff.web.security import EVERYWHERE
from tests.web.desk import PASSWORD, Desk, make_account, running_desk

HEADERS = {"X-Baton": "1"}


async def sign_in(desk: Desk, name: str, password: str) -> tuple[int, dict[str, object], str]:
    """Status, body and the cookie of one attempt."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.post(
            f"{desk.url}/api/login", json={"name": name, "password": password}, headers=HEADERS
        ) as response,
    ):
        return response.status, await response.json(), response.headers.get("Set-Cookie", "")


async def test_signing_in(desk: Desk) -> None:
    await desk.account("ana", "Ana", Role.ADMIN)
    status, body, cookie = await sign_in(desk, " Ana ", PASSWORD)
    assert status == 200
    assert body["agent"]["id"] == "ana"  # type: ignore[index]
    morsel = SimpleCookie(cookie)["baton"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"
    assert morsel["path"] == "/"


async def test_behind_tls_the_cookie_is_for_this_host_and_tls_only(
    redis_url: str, tmp_path: Path
) -> None:
    for setting in ({"secure_cookies": True}, {"public_url": "https://desk.example"}):
        async with running_desk(redis_url, tmp_path, **setting) as desk:
            name = next(iter(setting))
            await desk.account(name)
            _, _, cookie = await sign_in(desk, name, PASSWORD)
            morsel = SimpleCookie(cookie)["__Host-baton"]
            assert morsel["secure"]
            assert not morsel["domain"]


async def test_wrong_name_and_wrong_password_look_and_cost_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted rather than timed: one Argon2 verification with the same parameters each."""
    await desk.account("ana")
    await sign_in(desk, "somebody", "makes the hash of nobody")
    verified: list[str] = []
    verify = Passwords._verify

    def counting(passwords: Passwords, hashed: str, password: str) -> bool:
        verified.append(hashed.rsplit("$", 2)[0])
        return verify(passwords, hashed, password)

    monkeypatch.setattr(Passwords, "_verify", counting)
    answers = [await sign_in(desk, name, "wrong horse battery") for name in ("ana", "nobody", "?")]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 401
    assert len(verified) == 3
    assert len(set(verified)) == 1


async def test_the_sixth_guess_waits_whatever_it_is(desk: Desk) -> None:
    await desk.account("ana")
    await desk.account("ben")
    for _ in range(5):
        assert (await sign_in(desk, "ana", "wrong horse battery"))[0] == 401
    status, body, _ = await sign_in(desk, "ana", PASSWORD)
    assert (status, body["code"]) == (429, "wait")
    assert 0 < int(str(body["retry"])) <= 15 * 60
    assert (await sign_in(desk, "ben", PASSWORD))[0] == 200  # only that account


async def test_many_at_once_get_no_more_guesses(desk: Desk) -> None:
    await desk.account("ana")
    guesses = await asyncio.gather(*(sign_in(desk, "ana", f"guess number {i}") for i in range(15)))
    statuses = [status for status, _, _ in guesses]
    assert statuses.count(401) == 5
    assert statuses.count(429) == 10


async def test_guesses_over_many_names_are_limited_per_address(desk: Desk) -> None:
    guesses = [(await sign_in(desk, f"name{i}", "x" * 200))[0] for i in range(22)]
    assert guesses == [401] * 20 + [429] * 2


async def test_success_forgives_earlier_slips(desk: Desk) -> None:
    await desk.account("ana")
    for _ in range(3):
        for _ in range(3):
            await sign_in(desk, "ana", "wrong horse battery")
        assert (await sign_in(desk, "ana", PASSWORD))[0] == 200


async def test_a_caller_cannot_choose_its_address(desk: Desk) -> None:
    await desk.account("ana")
    async with aiohttp.ClientSession() as session:
        statuses = []
        for i in range(7):
            async with session.post(
                f"{desk.url}/api/login",
                json={"name": "ana", "password": "wrong horse battery"},
                headers={**HEADERS, "X-Forwarded-For": f"10.0.0.{i}"},
            ) as response:
                statuses.append(response.status)
    assert statuses[-1] == 429


async def test_behind_our_proxy_each_customer_has_an_address(
    redis_url: str, tmp_path: Path
) -> None:
    async with (
        running_desk(redis_url, tmp_path, proxies=1) as desk,
        aiohttp.ClientSession() as session,
    ):
        await desk.account("ana")
        statuses = []
        for i in range(7):
            async with session.post(
                f"{desk.url}/api/login",
                json={"name": "ana", "password": "wrong horse battery"},
                headers={**HEADERS, "X-Forwarded-For": f"1.2.3.4, 10.0.0.{i}"},
            ) as response:
                statuses.append(response.status)
        assert statuses == [401] * 7


async def test_the_token_is_nowhere_but_in_the_cookie(desk: Desk) -> None:
    await desk.account("ana")
    _, _, cookie = await sign_in(desk, "ana", PASSWORD)
    token = SimpleCookie(cookie)["baton"].value
    redis = desk.context.store.redis
    assert await redis.exists(keys.session(hash_of(token)))
    for key in await redis.keys("*"):
        assert token not in key
    stored = await redis.hgetall(keys.account(AgentId("ana")))
    assert stored["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(stored)


async def test_signing_in_gives_a_new_session_each_time(desk: Desk) -> None:
    """A cookie that somebody planted before is worth nothing after."""
    await desk.account("ana")
    planted = "planted-by-somebody-else"
    async with (
        aiohttp.ClientSession(cookies={"baton": planted}) as session,
        session.post(
            f"{desk.url}/api/login", json={"name": "ana", "password": PASSWORD}, headers=HEADERS
        ) as response,
    ):
        assert response.cookies["baton"].value != planted
    assert not await desk.context.store.redis.exists(keys.session(hash_of(planted)))


async def test_a_session_ends_when_idle_and_in_any_case(desk: Desk) -> None:
    await desk.account("ana")
    async with desk.signed_in("ana") as browser:
        redis = desk.context.store.redis
        (key,) = await redis.keys("session:*")
        assert 0 < await redis.ttl(key) <= sessions.IDLE
        await redis.pexpire(key, 60_000)
        assert (await browser.get("/api/session"))[0] == 200
        assert await redis.ttl(key) > sessions.IDLE - 5  # used: another half hour

        seconds, _ = await redis.time()
        await redis.hset(key, "started", (seconds - sessions.LONGEST + 60) * 1000)
        assert (await browser.get("/api/session"))[0] == 200
        assert await redis.ttl(key) <= 60  # but never beyond the eight hours
        await redis.hset(key, "started", (seconds - sessions.LONGEST - 1) * 1000)
        assert (await browser.get("/api/session"))[0] == 401
        assert not await redis.exists(key)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/session"),
        ("GET", "/api/desk"),
        ("GET", "/api/conversations/abc"),
        ("POST", "/api/ticket"),
        ("POST", "/api/invitations"),
    ],
)
async def test_without_a_session_there_is_nothing(desk: Desk, method: str, path: str) -> None:
    async with (
        aiohttp.ClientSession(cookies={"baton": "made-up"}) as session,
        session.request(
            method, desk.url + path, json={"role": "agent"}, headers=HEADERS
        ) as response,
    ):
        assert response.status == 401
        assert (await response.json())["code"] == "unauthorized"
        assert response.headers["Cache-Control"] == "no-store"
        assert EVERYWHERE.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Baton": "0"},
        {"X-Baton": "1", "Origin": "https://evil.example"},
        {"X-Baton": "1", "Origin": "null"},
        {"X-Baton": "1", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_pages_change_nothing(desk: Desk, headers: dict[str, str]) -> None:
    await desk.account("ana", role=Role.ADMIN)
    async with desk.signed_in("ana") as browser:
        for path in ("/api/logout", "/api/ticket", "/api/invitations", "/api/login"):
            async with browser.session.post(path, json={}, headers=headers) as response:
                assert response.status == 403
        assert (await browser.get("/api/session"))[0] == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"name": 7, "password": "x"}', "application/json"),
        (b'{"name": "ana"}', "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"name=ana&password=x", "application/x-www-form-urlencoded"),
        (b'{"name": "ana", "password": "x"}', "text/plain"),
    ],
)
async def test_bodies_that_make_no_sense(desk: Desk, body: bytes, kind: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{desk.url}/api/login", data=body, headers={**HEADERS, "Content-Type": kind}
        ) as response,
    ):
        assert response.status == 400
        assert "Traceback" not in await response.text()


async def test_a_huge_body_is_refused_unread(desk: Desk) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{desk.url}/api/login",
            data=b'{"name": "ana", "password": "' + b"x" * 1_000_000 + b'"}',
            headers={**HEADERS, "Content-Type": "application/json"},
        ) as response,
    ):
        assert response.status == 413


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("short", "12 to 128"),
        ("x" * 129, "12 to 128"),
        ("aaaaaaaaaaaaaaaa", "guess"),
        ("anastasia-anastasia", "guess"),
    ],
)
def test_passwords_that_will_not_do(password: str, word: str) -> None:
    with pytest.raises(Refused, match=word):
        check_password(password, "anastasia")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "päris pikk parool", "密码密码很长的密码还要更长", "x1-y2-" * 20],
)
async def test_passwords_that_will(desk: Desk, password: str) -> None:
    await desk.account("ana", password=password)
    assert (await sign_in(desk, "ana", password))[0] == 200


async def test_another_keyboards_letters_are_the_same_password(desk: Desk) -> None:
    await desk.account("ana", password="cafe\u0301 cafe\u0301 cafe\u0301")
    assert (await sign_in(desk, "ana", "caf\u00e9 caf\u00e9 caf\u00e9"))[0] == 200


async def welcome(desk: Desk, token: str, **changed: str) -> tuple[int, dict[str, object]]:
    form = {"token": token, "name": "ana", "display": "Ana", "password": PASSWORD, **changed}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{desk.url}/api/welcome", json=form, headers=HEADERS) as response,
    ):
        return response.status, await response.json()


async def test_the_first_admin_comes_through_a_link_that_works_once(desk: Desk) -> None:
    accounts = desk.context.accounts
    link, other = (
        await accounts.invite(Role.ADMIN, first=True),
        await accounts.invite(Role.ADMIN, first=True),
    )
    status, body = await welcome(desk, link, password="short")
    assert (status, body["code"]) == (400, "password")  # and the link is still good
    status, body = await welcome(desk, link)
    assert (status, body["agent"]["role"]) == (200, "admin")  # type: ignore[index]
    for used in (link, other, "made-up"):
        status, body = await welcome(desk, used, name="eve")
        assert (status, body["code"]) == (400, "gone")


async def test_a_link_used_by_many_at_once_makes_one_account(desk: Desk) -> None:
    link = await desk.context.accounts.invite(Role.AGENT)
    answers = await asyncio.gather(*(welcome(desk, link, name=f"name{i}") for i in range(6)))
    assert sorted(status for status, _ in answers) == [200] + [400] * 5
    assert len(await desk.context.accounts.all()) == 1


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "a", "name"),
        ("name", "../ana", "name"),
        ("name", "ana:eve", "name"),
        ("name", "a" * 33, "name"),
        ("display", " \u202e ", "display"),
    ],
)
async def test_names_that_will_not_do(desk: Desk, field: str, value: str, code: str) -> None:
    link = await desk.context.accounts.invite(Role.AGENT)
    status, body = await welcome(desk, link, **{field: value})
    assert (status, body["code"]) == (400, code)
    assert str(body["message"]).endswith(".")


async def test_a_taken_name_leaves_the_link_as_it_was(desk: Desk) -> None:
    await desk.account("ana")
    link = await desk.context.accounts.invite(Role.AGENT)
    status, body = await welcome(desk, link, name="ANA")
    assert (status, body["code"]) == (400, "taken")
    assert (await welcome(desk, link, name="anna"))[0] == 200


async def test_admins_invite_and_nobody_else(desk: Desk) -> None:
    await desk.account("ana", role=Role.ADMIN)
    await desk.account("ben", role=Role.LEAD)
    async with desk.signed_in("ben") as ben:
        assert (await ben.post("/api/invitations", role="admin"))[0] == 403
    async with desk.signed_in("ana") as ana:
        assert (await ana.post("/api/invitations", role="king"))[0] == 400
        status, body = await ana.post("/api/invitations", role="agent")
        assert status == 200
        base, _, token = body["link"].partition("#welcome=")
        assert base == f"{desk.url}/console/"
        status, made = await welcome(desk, token, name="cleo", display="Cleo \u202e")
        assert (status, made["agent"]["name"]) == (200, "Cleo")  # type: ignore[index]
        assert made["agent"]["role"] == "agent"  # type: ignore[index]


async def test_hashing_does_not_stop_the_chat(desk: Desk) -> None:
    await make_account(desk.context.store, "ana")
    async with desk.widget() as widget:
        accounts = Accounts(desk.context.store)
        guessing = [asyncio.create_task(accounts.sign_in("ana", f"guess {i}")) for i in range(12)]
        await widget.ask("say", text="still there?")
        still = sum(not task.done() for task in guessing)
        await asyncio.gather(*guessing)
        assert still > 0, "the guesses were over before the message came"
