"""Talk for machines: the words and facts that the pages show, and nothing that they do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pb.discussion.models import Citation, Contribution


def thread(root: Contribution, replies: Sequence[Contribution], cited: Sequence[Citation]) -> dict[str, Any]:
    """A contribution as everybody may read it, with a page of its replies; of a hidden one only when and why."""
    return _post(root) | {
        "outcome": root.outcome or None,
        "outcome_version": root.outcome_version,
        "cited_in_versions": [citation.version for citation in cited],
        "reply_count": root.replies,
        "replies": [_post(reply) for reply in replies],
    }


def _post(post: Contribution) -> dict[str, Any]:
    about = {"id": post.id, "kind": post.kind, "host": f"{post.host_kind} {post.host_id}", "state": post.state}
    if post.state != "published":
        return about | {"hidden_at": post.hidden_at and post.hidden_at.isoformat(), "because": post.hidden_because}
    return about | {
        "version": post.host_version,
        "name": post.author_name or None,
        "role": post.author_role or None,
        "language": post.language,
        "text": post.text,
        "update": post.update_text or None,
        "posted_at": post.posted_at.isoformat(),
        "changed_mind_at": post.changed_mind_at and post.changed_mind_at.isoformat(),
        "useful": {"people": post.useful, "supporters": post.useful_support, "worried": post.useful_worry},
    }
