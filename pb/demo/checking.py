"""The checks that the demo council's words hold together: sums, references, and no text twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pb.demo.errors import ContentError
from pb.demo.shapes import Author, Content, Contribution, Proposal


def check(content: Content) -> None:
    """Raise `ContentError` at the first thing that does not hold together."""
    for proposal in content.proposals:
        _check_proposal(proposal, content)
    for contribution in content.contributions:
        _check_contribution(contribution, content)
    _check_authors(content)
    _check_log(content)
    _check_unique("title", (p.title for p in content.proposals))
    _check_unique("proposal key", (p.key for p in content.proposals))
    _check_unique("resident", (r.email for r in content.residents))
    _check_unique("words", (c.text for c in content.contributions))


def _check_proposal(proposal: Proposal, content: Content) -> None:
    where = f"proposal {proposal.key}"
    _require(proposal.ward in {w.key for w in content.wards}, where, f"no ward {proposal.ward!r}")
    _require(proposal.theme in {t.key for t in content.themes}, where, f"no theme {proposal.theme!r}")
    _require(proposal.round in {r.key for r in content.rounds}, where, f"no round {proposal.round!r}")
    total = sum(line.amount for line in proposal.cost_lines)
    _require(total == proposal.cost, where, f"its lines come to {total} pence but its cost is {proposal.cost}")
    refused = proposal.check is not None and proposal.check.result == "not_feasible"
    cites_rule = proposal.check is not None and proposal.check.criterion in range(1, len(content.criteria) + 1)
    _require(refused == cites_rule, where, "a refusal cites a published rule, and only a refusal does")
    merged = {p.key for p in content.proposals} | {None}
    _require(proposal.merged_into in merged, where, f"merged into {proposal.merged_into!r}, which is not there")


def _check_contribution(contribution: Contribution, content: Content) -> None:
    where = f"contribution {contribution.key}"
    _require(contribution.proposal in {p.key for p in content.proposals}, where, "is about no proposal")
    for text in (contribution.text, *(reply.text for reply in contribution.replies)):
        _require(len(text) <= 600, where, f"has {len(text)} characters, over the 600 allowed")


def _check_authors(content: Content) -> None:
    known = set(_known_authors(content))
    for where, author in _named_authors(content):
        _require(author in known, where, f"nobody known as {author.key!r}")


def _known_authors(content: Content) -> Iterator[Author]:
    yield from (Author("person", resident.name) for resident in content.residents)
    yield from (Author("group", group.key) for group in content.groups)
    yield from (Author("councillor", councillor.key) for councillor in content.councillors)
    yield from (Author("staff", member.key) for member in content.staff)


def _named_authors(content: Content) -> Iterator[tuple[str, Author]]:
    yield from ((f"proposal {p.key}", p.proposer) for p in content.proposals)
    yield from ((f"group {g.key}", Author("person", g.contact)) for g in content.groups)
    yield from ((f"group {g.key}", Author("group", g.host)) for g in content.groups if g.host)
    for contribution in content.contributions:
        yield f"contribution {contribution.key}", contribution.author
        yield from ((f"reply to {contribution.key}", reply.author) for reply in contribution.replies)


def _check_log(content: Content) -> None:
    codes = {(p.round, p.code) for p in content.proposals}
    cited = {c.key for c in content.contributions}
    councillors = {c.key for c in content.councillors}
    for entry in content.log:
        where = f"log {entry.slug}"
        _require((entry.round, entry.project) in codes, where, f"no project {entry.project!r}")
        _require(entry.councillor in councillors, where, f"no councillor {entry.councillor!r}")
        for said in (*entry.you_said, *([entry.disagreed] if entry.disagreed else [])):
            _require(bool(said.cites) and set(said.cites) <= cited, where, f"cites what nobody said: {said.cites}")
        _require(entry.money.paid <= entry.money.budgeted, where, "more is paid than was budgeted")


def _check_unique(what: str, values: Iterable[str]) -> None:
    for value, times in Counter(values).items():
        _require(times == 1, what, f"used {times} times: {value!r}")


def _require(holds: bool, where: str, fault: str) -> None:
    if not holds:
        raise ContentError(where, fault)
