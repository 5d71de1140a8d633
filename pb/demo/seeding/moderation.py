"""What happened at the moderators' desk: things hidden, appealed, blanked and reported, and a few that wait today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import update

from pb.core.db import session
from pb.demo.seeding.story import Step
from pb.demo.seeding.town import Town
from pb.demo.shapes import Author
from pb.discussion import appeals, hosts, queries, reports, service
from pb.discussion.models import Contribution, Notice
from pb.discussion.moderating import Decision, moderate
from pb.discussion.service import Words

PUBLISH = Decision("publish")
READ_BY = timedelta(days=14)
"""By then people have read their news."""


@dataclass(frozen=True)
class Story:
    """One contribution and what became of it, `days` ago and since.

    decision: the facilitator's, the day after; None while it waits
    appeal:   the author's words the day after that; `answer` is another officer's, and `upheld` what it says
    reports:  who reported it, on the same day
    """

    author: str
    proposal: str
    kind: str
    days: float
    text: str
    decision: Decision | None = None
    appeal: str = ""
    answer: str = ""
    upheld: bool = False
    reports: tuple[str, ...] = ()


STORIES = (
    Story(
        "Gordon Prew",
        "weaving-shed",
        "question",
        60,
        "Whose brother-in-law gets the contract this time? We all know his name.",
        Decision("hide", "untrue", "Ask who gets the contract by all means. Leave the brother-in-law out."),
        "Everybody knows it.",
        "Nothing here shows that it is true, and it points at one man. The question about the contract is welcome.",
    ),
    Story(
        "Vera Stott",
        "ruby-alley",
        "suggestion",
        40,
        "Move the bins before the planters come. It is the same alley, and the lorry will not go round a rose.",
        Decision("hide", "elsewhere", "Bins are another department."),
        "The bins stand exactly where the garden would go.",
        "It is about this alley and this plan. It should not have been hidden, and we are sorry.",
        upheld=True,
    ),
    Story(
        "Tomasz Gil",
        "homework-supper",
        "question",
        6,
        "Who keeps the key? I am at 14 Garnet Street, ground floor, knock any time after six.",
        Decision(
            "blank", new_text="Who keeps the key? I am at […], knock any time after six.", message="Not your door."
        ),
    ),
    Story(
        "Stuart Mold",
        "night-market",
        "suggestion",
        3,
        "Only an idiot would put the generator under the bedrooms. Put it by the substation.",
        Decision("reword", message="The substation is a good idea. Say it without the first sentence."),
    ),
    Story(
        "Clive Dent",
        "night-market",
        "question",
        2.5,
        "Is there parking? I asked this before and I ask again: is there parking?",
        Decision("hide", "repeat", "You asked it on Monday too; the answer will stand there."),
        "The one on Monday was about the packhorse bridge.",
    ),
    Story(
        "Eric Stubbs",
        "gaming-cafe",
        "worry",
        1.5,
        "Their treasurer had the fridge money last time, and I never saw a receipt for it.",
        reports=("Natalie Frost", "Carol-Ann Biggs"),
    ),
    Story(
        "Jean-Claude Mbala",
        "late-14",
        "support",
        0.21,
        "I clean at the hospital until ten and walk home past the moor with the light of my phone. This is my bus.",
    ),
    Story(
        "Mohammad Omar Ansari",
        "homework-supper",
        "question",
        0.12,
        "Is there a corner to pray in for those who stay till nine, or do they run home between?",
    ),
)


def steps(town: Town) -> Iterator[Step]:
    """Every story from the contribution to the last decision; old news is read news."""
    for story in STORIES:
        said_at, day = town.now - timedelta(days=story.days), timedelta(hours=19)
        yield Step(said_at, partial(_say, town, story))
        if story.decision:
            yield Step(said_at + day, partial(_decide, town, story))
        if story.appeal:
            yield Step(said_at + 2 * day, partial(_appeal, town, story))
        if story.answer:
            yield Step(said_at + 4 * day, partial(_answer, town, story))
    yield Step(town.now, _read_old_news)


def _say(town: Town, story: Story, now: datetime) -> None:
    proposal = town.proposal(story.proposal)
    host = hosts.of_proposal(proposal, proposal.round, now)
    by = town.actor(Author("person", story.author))
    said = service.post_contribution(host, Words(story.text, story.kind), by=by, now=now)
    town.contributions[_key(story)] = said.id
    if said.state == "held" and story.days > 1:
        moderate(said, PUBLISH, by=town.staff("ama"), now=now)
    for reader in story.reports:
        reports.report(said, reason="untrue", words="", by=town.actor(Author("person", reader)), now=now)


def _key(story: Story) -> str:
    return f"{story.proposal}: {story.author}"


def _contribution(town: Town, story: Story) -> Contribution:
    return session().get_one(Contribution, town.contributions[_key(story)])


def _decide(town: Town, story: Story, now: datetime) -> None:
    assert story.decision is not None
    moderate(_contribution(town, story), story.decision, by=town.staff("ama"), now=now)


def _appeal(town: Town, story: Story, now: datetime) -> None:
    act = queries.acts_on(_contribution(town, story).id)[0]
    appeals.appeal(act, words=story.appeal, by=town.actor(Author("person", story.author)), now=now)


def _answer(town: Town, story: Story, now: datetime) -> None:
    act = queries.acts_on(_contribution(town, story).id)[0]
    made = next(made for made in appeals.open_appeals() if made.moderation_id == act.id)
    appeals.decide_appeal(made, upheld=story.upheld, reason=story.answer, by=town.staff("becky"), now=now)


def _read_old_news(now: datetime) -> None:
    """Nobody gets a letter about last summer when the demonstration's digest first runs."""
    mailed = update(Notice).where(Notice.made_at < now - timedelta(days=1)).values(mailed_at=now)
    read = update(Notice).where(Notice.made_at < now - READ_BY).values(read_at=now)
    session().execute(mailed)
    session().execute(read)
