"""What work beside a request is doing, in sentences for the count desk: only what it has said of itself."""

from __future__ import annotations

from pb.core.filters import number
from pb.results.models import CountingJob
from pb.results.words import Say, _, ngettext


def counting(job: CountingJob, seconds: int, say: Say) -> list[str]:
    """What a running count is doing, as far as it has said."""
    pots = ngettext(
        "%(done)s of %(num)s pot is counted.", "%(done)s of %(num)s pots are counted.", job.total, done=number(job.done)
    )
    since = _since(seconds)
    if not job.doing:
        now = _("It is reading ballots.") if job.done < job.total else _("It is keeping the result.")
        return [f"{pots} {since}", now]
    facts = {"pot": job.doing["pot"], "n": number(job.doing["ballots"])}
    now = _("It is counting “%(pot)s”: %(n)s ballots.", **facts)
    if "share" not in job.doing:
        return [f"{pots} {since}", now]
    raised = _(
        "Each voter’s share began at %(began)s. It is raised step by step while money is left, and is now %(share)s.",
        began=say.money(job.doing["began"]),
        share=say.money(job.doing["share"]),
    )
    return [f"{pots} {since}", now, raised]


def _since(seconds: int) -> str:
    if seconds < 120:
        return ngettext("It began %(num)s second ago.", "It began %(num)s seconds ago.", seconds)
    return ngettext("It began %(num)s minute ago.", "It began %(num)s minutes ago.", seconds // 60)


def making_files(job: CountingJob) -> str:
    return ngettext(
        "The files with the ballots are being made: those of %(done)s of %(num)s pot are done.",
        "The files with the ballots are being made: those of %(done)s of %(num)s pots are done.",
        job.total,
        done=number(job.done),
    )
