"""Open data: what there is, the files themselves at permanent addresses, and how to count again."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from pb.core import access
from pb.core.clock import now
from pb.core.errors import NotFound
from pb.core.htmx import render_page
from pb.core.keys import site_key
from pb.opendata import elsewhere, feed_routes, press_routes, program, queries, twins, words
from pb.opendata.answers import as_data
from pb.opendata.dictionary import TABLES
from pb.opendata.release import PACK
from pb.results import packfile
from pb.results.models import Publication
from pb.results.pack import pots_of
from pb.results.queries import publications
from pb.rounds.models import Round
from pb.rounds.queries import public_rounds, round_by_slug

bp = Blueprint("opendata", __name__)


@bp.get("/data")
@access.public
def index() -> ResponseReturnValue:
    """Every round that has published files, the terms of use, the dictionary, the key."""
    rounds = [round for round in public_rounds(now()) if round.results_at]
    return render_page("opendata/index.html", rounds=rounds, fingerprint=_fingerprint())


@bp.get("/data/dictionary")
@access.public
def dictionary() -> ResponseReturnValue:
    """Every table and every column, in words."""
    rows = {
        table.name: [(field.name, words.kind(field), field.about) for field in table.fields]
        for table in TABLES.values()
    }
    return render_page("opendata/dictionary.html", tables=TABLES.values(), rows=rows)


@bp.get("/data/licence")
@access.public
def licence() -> ResponseReturnValue:
    """The terms of use."""
    return render_page("opendata/licence.html")


@bp.get("/data/signing-key.pem")
@access.public
def signing_key() -> ResponseReturnValue:
    """The public key that signs packs, as openssl reads it."""
    return as_data(packfile.pem_of(bytes(site_key().verify_key)), "application/x-pem-file")


@bp.get(f"/data/{program.NAME}")
@access.public
def counting_program() -> ResponseReturnValue:
    """The counting engine and the check of packs as one file that Python runs, without the web app."""
    return as_data(program.archive(), "application/zip", name=program.NAME)


@bp.get("/data/rounds/<slug>")
@access.public
def round_files(slug: str) -> ResponseReturnValue:
    """The files of a round's newest version, and of every version before it."""
    round, versions = _published(slug)
    files = {version.version: queries.files_of(version.id) for version in versions}
    withheld = words.withheld(pots_of(round, versions[0]))
    settings = current_app.extensions["settings"]
    dataset = twins.dataset_of(
        round,
        versions[0],
        files[versions[0].version],
        council=settings.council_name,
        site=settings.base_url,
    )
    return render_page(
        "opendata/round.html",
        round=round,
        versions=versions,
        files=files,
        withheld=withheld,
        words=words,
        dataset=dataset,
    )


@bp.get("/data/rounds/<slug>/latest/<name>")
@access.public
def latest(slug: str, name: str) -> ResponseReturnValue:
    """An address that always leads to the newest version of a file."""
    round, versions = _published(slug)
    version = versions[0].version
    queries.file_of(round.id, version, name)
    answer = Response(status=307)
    answer.headers["Location"] = url_for("opendata.file", slug=slug, version=version, name=name)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@bp.get("/data/rounds/<slug>/v<int:version>/<name>")
@access.public
def file(slug: str, version: int, name: str) -> ResponseReturnValue:
    """One file, the same bytes for ever."""
    round, _versions = _published(slug)
    found = queries.file_of(round.id, version, name)
    return as_data(
        found.content,
        found.media_type,
        sha256=found.sha256,
        changed_at=found.publication.published_at,
        name=f"{round.slug}-v{version}-{name}",
    )


@bp.get("/data/rounds/<slug>/count-it-yourself")
@access.public
def count_it_yourself(slug: str) -> ResponseReturnValue:
    """The exact commands that check and count this round again, on anybody's computer."""
    round, versions = _published(slug)
    pots = pots_of(round, versions[0])
    base = request.url_root.rstrip("/")
    address = f"{base}{url_for('opendata.file', slug=slug, version=versions[0].version, name=PACK)}"
    return render_page(
        "opendata/count_it_yourself.html",
        round=round,
        address=address,
        key_address=f"{base}{url_for('opendata.signing_key')}",
        program=program.NAME,
        program_address=f"{base}{url_for('opendata.counting_program')}",
        needs=program.NEEDS,
        pots=pots,
        withheld=words.withheld(pots),
        fingerprint=_fingerprint(),
    )


def _fingerprint() -> str:
    return packfile.fingerprint(bytes(site_key().verify_key))


def _published(slug: str) -> tuple[Round, list[Publication]]:
    """A round with its versions, newest first. Raises: NotFound before publication: the address gives nothing away."""
    round = round_by_slug(slug)
    versions = list(publications(round.id))
    if not versions or round.published_at is None:
        raise NotFound
    return round, versions


def init_app(app: Flask) -> None:
    app.register_blueprint(feed_routes.bp)
    app.register_blueprint(press_routes.bp)
    elsewhere.init_app(app)
