"""A published result in the hands of a reporter, an auditor and a resident, at phone width."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.browser.conftest import Site, Visitor

Meet = Callable[[str], Visitor]


def downloaded(reader: Visitor, link: str | re.Pattern[str], folder: Path) -> Path:
    """Press a link that gives a file, and keep it under the name it has."""
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("link", name=link).first.click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return target


def lines_of(reader: Visitor) -> list[str]:
    return [" ".join(line.split()) for line in reader.page.inner_text("main").splitlines() if line.strip()]


def test_a_reporter_finds_what_won_what_nearly_won_the_table_and_an_address_to_cite(
    visitor: Meet, site: Site, tmp_path: Path
) -> None:
    reporter, slug = visitor("Robin"), site.round("finished")

    reporter.goes_to(f"/rounds/{slug}").follows(re.compile("result", re.I)).follows("For journalists")
    reporter.sees("What won").sees("What nearly won").sees("Who decided").sees("What changed since publication")
    words = " ".join(lines_of(reporter))
    cited = re.search(r"http\S+results\?version=1", words)
    table = downloaded(reporter, "results.csv", tmp_path)

    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    won = [row["title"] for row in rows if row["is_funded"] == "true"]
    assert won
    assert [title for title in won if title not in words] == []
    nearest = reporter.page.get_by_role("heading", level=3).first.inner_text()
    assert nearest in {row["title"] for row in rows if row["is_funded"] == "false"}
    assert cited
    reporter.page.goto(cited[0])
    reporter.sees(won[0]).looks("cited-result")


def test_an_auditor_downloads_the_pack_and_counts_again_without_us(visitor: Meet, site: Site, tmp_path: Path) -> None:
    auditor, slug = visitor("Ines"), site.round("finished")
    auditor.goes_to(f"/data/rounds/{slug}").follows(re.compile("[Cc]ount it yourself"))
    for link in ("contest.zip", "count.pyz"):
        downloaded(auditor, link, tmp_path).rename(tmp_path / link)
    commands = [line.strip() for line in auditor.page.locator("main pre, main code").all_inner_texts()]
    offline = [command for command in dict.fromkeys(commands) if command.startswith(("python3", "openssl"))]
    (tmp_path / "key.pem").write_bytes(auditor.page.request.get(f"{site.url}/data/signing-key.pem").body())

    said = {
        command: subprocess.run(
            ["bash", "-c", command.replace("python3", sys.executable, 1)],
            cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for command in offline if "pip install" not in command
    }  # fmt: skip

    verified = next(words for command, words in said.items() if " verify " in command)
    recounted = next(words for command, words in said.items() if " recount " in command)
    assert "counted again" in verified
    assert said[next(command for command in said if command.startswith("openssl"))].strip().endswith("Successfully")
    with (tmp_path / "pack" / "manifest.json").open("a") as manifest:
        manifest.write(" ")
    openssl = next(command for command in said if command.startswith("openssl"))
    assert subprocess.run(openssl.split(), cwd=tmp_path, capture_output=True).returncode != 0
    auditor.goes_to(f"/rounds/{slug}/results")
    funded = auditor.page.locator(".plate").all_inner_texts()[:3]
    assert funded
    assert [code for code in funded if code not in recounted] == []


def test_a_resident_learns_why_a_project_lost_and_where_shares_went(visitor: Meet, site: Site) -> None:
    kim, slug = visitor("Kim"), site.round("finished")

    kim.goes_to(f"/rounds/{slug}/results").sees("Came close")
    close = kim.page.get_by_role("heading", name="Came close").locator("xpath=following::a[1]")
    title = close.inner_text()
    close.click()
    kim.settles()

    kim.sees(f"Why was “{title}” not funded?").sees("people picked it").sees("Where its supporters’ shares went")
    kim.sees(re.compile(r"£[\d,.]+ was left; it costs £[\d,]+")).sees("Left for this project")
    kim.sees("What would have changed it").looks("why-not-funded")
    kim.follows("See the count step by step").sees("was spent and").sees("which makes the pot of £")
