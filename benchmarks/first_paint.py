"""How soon a phone on a weak signal shows the ballot: first paint, bytes and requests of a first view.

    make demo &                                          # or any council with an open vote
    python benchmarks/first_paint.py http://127.0.0.1:8000 together-2026

A real Chromium with a cold cache, 390 x 844 pixels, a processor 4 times slower, and Chromium's own "Slow 4G"
(562.5 ms for each request, 1.44 Mbit/s down, 0.675 up), which is how Lighthouse emulates 150 ms and 1.6 Mbit/s.
The two questions are answered before the clock starts, without brakes. Prints median and best of `--runs`; beside
them what the same server's smallest file takes to show (one request, no style), for a busy machine shows in both.
"""

from __future__ import annotations

import argparse
import os
import statistics
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

PHONE = {"width": 390, "height": 844}
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 184_320, "uploadThroughput": 86_400}
CPU = 4
PAINTS = """() => Object.fromEntries(performance.getEntriesByType('paint').map(e => [e.name, e.startTime]))"""


def begun(browser: Browser, url: str, slug: str) -> list[Any]:
    """The cookies of somebody who has answered the two questions."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{url}/ballot/{slug}/check")
    if page.locator("input[name=ward]").count():
        page.locator("input[name=ward]").first.check()
    page.locator("input[name=old_enough]").first.check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    kept = ("name", "value", "domain", "path")
    cookies = [{key: cookie[key] for key in kept} for cookie in context.cookies()]  # type: ignore[literal-required]
    context.close()
    return cookies


def first_view(context: BrowserContext, address: str) -> dict[str, float]:
    """One first view with the brakes on: milliseconds to the first paint and first content, bytes, requests."""
    page = context.new_page()
    brakes = context.new_cdp_session(page)
    sizes: dict[str, float] = {}
    asked: set[str] = set()
    brakes.on(
        "Network.requestWillBeSent", lambda e: e["request"]["url"].startswith("http") and asked.add(e["requestId"])
    )
    brakes.on("Network.loadingFinished", lambda e: sizes.__setitem__(e["requestId"], e["encodedDataLength"]))
    brakes.send("Network.enable")
    brakes.send("Network.clearBrowserCache")
    brakes.send("Network.emulateNetworkConditions", SLOW_4G)
    brakes.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    page.goto(address, wait_until="networkidle")
    paints = page.evaluate(PAINTS)
    return {
        "first_paint_ms": paints["first-paint"],
        "first_contentful_paint_ms": paints["first-contentful-paint"],
        "bytes": sum(sizes.get(one, 0) for one in asked),
        "requests": len(asked),
    }


def measure(url: str, slug: str, runs: int) -> list[dict[str, float]]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        cookies = begun(browser, url, slug)
        views = []
        for _ in range(runs):
            context = browser.new_context(viewport=PHONE)
            context.add_cookies(cookies)
            floor = first_view(context, f"{url}/theme.css")["first_paint_ms"]
            views.append(first_view(context, f"{url}/ballot/{slug}") | {"smallest_file_ms": floor})
            context.close()
        browser.close()
    return views


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("url")
    parser.add_argument("slug")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    views = measure(asked.url.rstrip("/"), asked.slug, asked.runs)
    for name in views[0]:
        found = [view[name] for view in views]
        print(f"{name:26} median {statistics.median(found):8.0f}   best {min(found):8.0f}")
    print(f"load of this machine        {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
