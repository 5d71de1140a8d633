"""The public results of a round: overview, why, step by step, and the same as data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.actor import current_actor
from pb.core.clock import now
from pb.core.errors import NotFound
from pb.core.htmx import render_page
from pb.results import elsewhere, exports, jobs, lot, queries, sentences, story, way_words, words
from pb.results.comparison import comparisons_of
from pb.results.own import own_picks
from pb.results.page import Results, results_of, step_rows
from pb.results.report import Line, PotReport
from pb.rounds.models import Phase, Round
from pb.rounds.phases import dates_of, phase_of
from pb.rounds.queries import round_by_slug

bp = Blueprint("results", __name__)


@bp.get("/rounds/<slug>/results")
@access.public
def overview(slug: str) -> ResponseReturnValue:
    """What was funded and what came close, for everybody; before publication, when to come back."""
    round, results = _find(slug)
    if results is None:
        is_over = phase_of(round, now()) is Phase.COUNTING
        return render_page("results/waiting.html", results_on=_expected(round), is_over=is_over, **_context(round))
    own = own_picks(results)
    page = render_page("results/overview.html", results=results, own=own, **_context(round))
    if own:
        page.headers["Cache-Control"] = "no-store"
    return page


@bp.get("/rounds/<slug>/results/rounds")
@access.public
def steps(slug: str) -> ResponseReturnValue:
    """Every decision of the count, pot by pot, with sums that add up."""
    round, results = _published(slug)
    pots = [(pot, step_rows(pot, results.say)) for pot in results.whole.pots]
    has_lot = lot.commitment_of(round) is not None
    return render_page("results/steps.html", results=results, pots=pots, has_lot=has_lot, **_context(round))


@bp.get("/rounds/<slug>/results/rounds.csv")
@access.public
def steps_table(slug: str) -> ResponseReturnValue:
    """The steps as a table, for spreadsheets."""
    round, results = _published(slug)
    headers = {"Content-Disposition": f'attachment; filename="{round.slug}-steps-v{results.version}.csv"'}
    return Response(exports.BOM + exports.steps_csv(results), mimetype="text/csv", headers=headers)


@bp.get("/rounds/<slug>/results/rounds.json")
@access.public
def steps_data(slug: str) -> ResponseReturnValue:
    """The steps for an expert, with exact fractions."""
    _round, results = _published(slug)
    told = queries.explanations(*(pot.count.id for pot in results.whole.pots))
    exact = {(row.count_id, row.code): row.money.get("share") for row in told}
    return Response(exports.steps_json(results, exact), mimetype="application/json")


@bp.get("/rounds/<slug>/results/lot")
@access.public
def draw(slug: str) -> ResponseReturnValue:
    """How ties were decided, and how anybody can draw the lot again."""
    round, results = _published(slug)
    found = lot.draw_of(results)
    if found is None:
        raise NotFound
    return render_page("results/lot.html", results=results, draw=found, **_context(round))


@bp.get("/rounds/<slug>/results/compare")
@access.public
def compare(slug: str) -> ResponseReturnValue:
    """The same votes counted other ways, beside the official one."""
    round, results = _published(slug)
    pots = comparisons_of(results)
    job = queries.study_of(round.id)
    return render_page(
        "results/compare.html",
        "results/_compare.html",
        results=results,
        pots=pots,
        job=job,
        is_running=jobs.is_running(job, now()),
        character=way_words.character,
        **_context(round),
    )


@bp.get("/rounds/<slug>/results/compare.json")
@access.public
def compare_data(slug: str) -> ResponseReturnValue:
    """The comparison as data."""
    _round, results = _published(slug)
    return Response(exports.comparison_json(results, comparisons_of(results)), mimetype="application/json")


@bp.get("/rounds/<slug>/results/<path:code>.json")
@access.public
def why_data(slug: str, code: str) -> ResponseReturnValue:
    """Why one project was funded or not, as data."""
    _round, results = _published(slug)
    report, line = _line(results, code)
    told = story.story_of(results, report, line)
    return Response(exports.why_json(results, report, line, told), mimetype="application/json")


@bp.get("/rounds/<slug>/results/<path:code>")
@access.public
def why(slug: str, code: str) -> ResponseReturnValue:
    """Why one project was funded or not."""
    round, results = _published(slug)
    report, line = _line(results, code)
    return render_page(
        "results/why.html",
        results=results,
        report=report,
        line=line,
        question=sentences.question(line),
        story=story.story_of(results, report, line),
        # Codes of some public files hold a slash, which the address of a project cannot.
        project_url=url_for("proposals.show", slug=slug, code=code) if "/" not in code else None,
        here=request.base_url,
        **_context(round),
    )


@bp.get("/rounds/<slug>/results.csv")
@access.public
def table(slug: str) -> ResponseReturnValue:
    """One row a project, for spreadsheets."""
    round, results = _published(slug)
    name = f"{round.slug}-results-v{results.version}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(exports.BOM + exports.csv_of(results), mimetype="text/csv", headers=headers)


@bp.get("/rounds/<slug>/results.json")
@access.public
def data(slug: str) -> ResponseReturnValue:
    """The overview as data."""
    _round, results = _published(slug)
    return Response(exports.json_of(results), mimetype="application/json")


def _line(results: Results, code: str) -> tuple[PotReport, Line]:
    """Raises: NotFound"""
    found = results.whole.find(code)
    if found is None:
        raise NotFound
    return found


def _context(round: Round) -> dict[str, Any]:
    """What every results page is given."""
    return {
        "round": round,
        "round_url": url_for("rounds.show", slug=round.slug),
        "sentences": sentences,
        "words": words,
    }


def _expected(round: Round) -> datetime | None:
    """The announced day of publication, while it lies ahead."""
    announced = dates_of(round).get(Phase.RESULTS)
    return announced if announced and announced > now() else None


def _find(slug: str) -> tuple[Round, Results | None]:
    round = round_by_slug(slug, viewer=current_actor())
    version = request.args.get("version", type=int)
    return round, results_of(round, version)


def _published(slug: str) -> tuple[Round, Results]:
    """Raises: NotFound before publication, so that the address gives nothing away."""
    round, results = _find(slug)
    if results is None:
        raise NotFound
    return round, results


def init_app(app: Flask) -> None:
    elsewhere.init_app(app)
    jobs.init_app(app)
