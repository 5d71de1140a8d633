"""The rows of each table. What columns mean is in `dictionary`; what may be published, in `pb.results.secrecy`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from pb.accounts.models import Group
from pb.core.clock import council_zone
from pb.core.db import session
from pb.core.points import latitude_and_longitude
from pb.opendata.dictionary import Table
from pb.proposals.models import Proposal
from pb.results import queries, secrecy
from pb.results.decisions import Standing, standing_of
from pb.results.exports import safe_cell
from pb.results.pack import PotInPack
from pb.results.report import Line, Whole, nearest_five, report, turnout_by
from pb.results.tally import Task
from pb.rounds.models import Project
from pb.rounds.queries import wards

if TYPE_CHECKING:  # a release holds tables, and a table is made of a release
    from pb.opendata.release import Release

Row = dict[str, Any]
LICENCE = "OGL-UK-3.0"


def csv_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> str:
    """RFC 4180 in UTF-8. A text that a spreadsheet could run as a formula gets an apostrophe in front.

    Raises: ValueError for a row with a column the dictionary does not have
    """
    return ",".join(table.columns) + "\r\n" + csv_lines(table, rows)


def csv_lines(table: Table, rows: Iterable[Mapping[str, Any]]) -> str:
    """The same without the heading."""
    text = io.StringIO()
    writer = csv.DictWriter(text, table.columns, lineterminator="\r\n")
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else safe_cell(value)


def project_rows(release: Release) -> Iterator[Row]:
    """Every project of every pot, by code."""
    groups = groups_of(release.round.id)
    for pot in release.pots:
        for project in pot.projects:
            yield _project(release, pot, project, groups.get(project.id))


def _project(release: Release, pot: PotInPack, project: Project, group: str | None) -> Row:
    round = release.round
    ward = project.ward
    is_imported = round.imported_from is not None
    latitude, longitude = latitude_and_longitude(project.point)
    return {
        "round_id": round.slug,
        "code": project.code,
        "title": project.title,
        "summary": project.summary,
        "theme": project.theme,
        "ward_code": ward and ward.gss_code,
        "ward_name": ward and ward.name,
        "place_name": project.place,
        "latitude": latitude and Decimal(latitude),
        "longitude": longitude and Decimal(longitude),
        "pot": pot.count.pot.name,
        "cost_pence": project.cost,
        "currency": round.currency,
        "proposer_type": "imported" if is_imported else "group" if group else "resident",
        "group_name": group,
        "is_withdrawn": project.withdrawn_at is not None,
        "url": f"{release.issuer.site}/rounds/{round.slug}/projects/{project.code}",
        "licence": LICENCE,
    }


def groups_of(round_id: int) -> dict[int, str]:
    """By project id: the group that proposed it. Residents who propose are not named in files."""
    named = select(Proposal.project_id, Group.name).join(Group, Group.id == Proposal.group_id)
    named = named.where(Proposal.round_id == round_id, Proposal.project_id.is_not(None))
    return {project_id: name for project_id, name in session().execute(named) if project_id}


def result_rows(release: Release) -> Iterator[Row]:
    """Every project with its totals and why it is funded or not, pot by pot, funded first."""
    made = [d for d in queries.decisions(release.round.id) if d.decided_at <= release.publication.published_at]
    decided = {decision.project_id: decision for decision in made}
    for pot in release.pots:
        for line in report(pot.count, pot.projects).lines:
            yield _result(release, pot, line) | _decision(standing_of(line.project.id, decided))


def _decision(standing: Standing | None) -> Row:
    day = standing and standing.decided_at.astimezone(council_zone()).date()
    return {"council_decision": standing and standing.word, "decision_date": day}


def _result(release: Release, pot: PotInPack, line: Line) -> Row:
    shows_money = secrecy.shows_sums(pot.withheld, pot.count.rule)
    return {
        "round_id": release.round.slug,
        "version": release.publication.version,
        "pot": pot.count.pot.name,
        "code": line.code,
        "title": line.project.title,
        "cost_pence": line.project.cost,
        "currency": release.round.currency,
        "picks": line.support,
        "points": line.score,
        "rule": pot.count.rule,
        "completion": pot.count.completion,
        "is_funded": line.is_funded,
        "order_funded": line.place if line.is_funded else None,
        "reason_code": line.lost.reason if line.lost else "funded",
        "money_available_pence": line.lost.available if line.lost and shows_money else None,
        "money_left_pence": line.left if line.ended and shows_money else None,
        "source_says_funded": line.project.published_funded,
    }


def ballot_rows(pot: str, task: Task) -> Iterator[Row]:
    """The ballots of one pot, sorted as text and numbered after sorting."""
    cast = ((*_choices(text), cast) for text, cast in task.choices.items())
    lines = ((codes, points) for codes, points, times in sorted(cast) for _ in range(times))
    for number, (codes, points) in enumerate(lines, start=1):
        yield {"pot": pot, "ballot_no": number, "project_codes": codes, "points": points}


def _choices(text: str) -> tuple[str, str]:
    """A ballot's codes, and its points in the same order."""
    choices = json.loads(text)
    points = ",".join(map(str, choices.values())) if isinstance(choices, dict) else ""
    return ",".join(choices), points


def turnout_rows(release: Release) -> Iterator[Row]:
    """Everybody, then by channel, then by ward; never both at once, and nothing under ten."""
    counted = queries.turnout(release.round.id)
    whole = Whole(tuple(report(pot.count, pot.projects) for pot in release.pots), counted)
    codes = {ward.id: ward.gss_code for ward in wards()}
    yield _turnout(release, "all", "all", whole.voters)
    for channel, ballots in sorted(turnout_by(counted, "channel").items()):
        yield _turnout(release, "channel", channel, ballots)
    by_ward = {codes[ward]: ballots for ward, ballots in turnout_by(counted, "ward_id").items() if ward in codes}
    for code, ballots in sorted(by_ward.items()):
        yield _turnout(release, "ward", code, nearest_five(ballots))


def _turnout(release: Release, group_by: str, group: str, ballots: int | None) -> Row:
    return {
        "round_id": release.round.slug,
        "version": release.publication.version,
        "group_by": group_by,
        "group": group,
        "ballots": ballots,
        "is_hidden": ballots is None,
    }


def geojson_of(release: Release) -> dict[str, Any]:
    """RFC 7946: a point where a proposer gave one, longitude first; without a geometry otherwise (section 3.2)."""
    return {"type": "FeatureCollection", "features": [_feature(row) for row in project_rows(release)]}


def _feature(row: Row) -> dict[str, Any]:
    place = [float(row[name]) for name in ("longitude", "latitude") if row[name] != ""]
    told = {name: value for name, value in row.items() if name not in ("latitude", "longitude")}
    geometry = {"type": "Point", "coordinates": place} if place else None
    return {"type": "Feature", "id": row["code"], "geometry": geometry, "properties": told}
