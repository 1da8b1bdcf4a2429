"""What a test may look at a page with: axe-core for the machine, screenshots for people."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

SHOTS = Path(__file__).parent / "shots"
# What moves is looked at when it has arrived; dots that hop for ever are not waited for.
ARRIVED = """
    () => Promise.all(
      [...document.querySelectorAll("*")].map((one) => one.shadowRoot).concat(document)
        .filter(Boolean).flatMap((root) => root.getAnimations())
        .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
        .map((one) => one.finished.catch(() => null)),
    )
"""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


async def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands: nothing, if all is well."""
    await page.evaluate(ARRIVED)
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def shot(page: Page, name: str) -> None:
    """A screenshot in tests/browser/shots/, for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    await page.evaluate(ARRIVED)
    await page.screenshot(path=SHOTS / f"{name}.png")
