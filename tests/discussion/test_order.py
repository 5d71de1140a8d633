"""The both-sides order does what the help page says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from pb.discussion.order import both_sides_order, both_sides_score, both_sides_slice, slice_needs, wilson_lower


@dataclass(frozen=True)
class Post:
    id: int
    both_sides: float


sides = st.integers(0, 400)


@given(people=st.integers(1, 500), data=st.data())
def test_wilson_lower_is_below_the_share_and_grows_with_it(people: int, data: st.DataObject) -> None:
    useful = data.draw(st.integers(0, people - 1))

    assert 0 <= wilson_lower(useful, people) <= useful / people
    assert wilson_lower(useful, people) < wilson_lower(useful + 1, people)


@given(crowd=st.integers(0, 400), supports=sides, worries=sides)
def test_a_one_sided_crowd_never_outranks_balanced_support(crowd: int, supports: int, worries: int) -> None:
    supports, worries = max(supports, crowd, 6), max(worries, 6)

    assert both_sides_score(crowd, 0, supports, worries) == 0
    assert both_sides_score(0, min(crowd, worries), supports, worries) == 0
    assert both_sides_score(6, 6, supports, worries) > 0


@given(extra=st.integers(0, 300))
def test_more_marks_from_the_larger_side_cannot_lift_what_the_other_side_thinks(extra: int) -> None:
    least = both_sides_score(300, 3, 400, 60)

    assert both_sides_score(min(400, 300 + extra), 3, 400, 60) == least


@given(scores=st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5]), max_size=60))
def test_everything_is_shown_once_and_every_fifth_place_is_the_newest(scores: list[float]) -> None:
    ids = count(1)
    posts = [Post(next(ids), score) for score in scores]

    order = both_sides_order(posts)

    assert sorted(p.id for p in order) == [p.id for p in posts]
    for place in range(4, len(order), 5):
        assert order[place].id == max(p.id for p in order[place:])


def test_scored_ones_come_first_by_score() -> None:
    posts = [Post(1, 0.3), Post(2, 0.0), Post(3, 0.5), Post(4, 0.0)]

    assert [p.id for p in both_sides_order(posts)] == [3, 1, 4, 2]


@given(
    scores=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.2, 0.5]), max_size=120),
    start=st.integers(0, 13).map(lambda page: page * 10),
)
def test_a_page_is_a_slice_of_the_whole_order(scores: list[float], start: int) -> None:
    posts = [Post(number, score) for number, score in enumerate(scores, start=1)]
    whole = [post.id for post in both_sides_order(posts)]
    scored = [p.id for p in sorted(posts, key=lambda p: (-p.both_sides, -p.id)) if p.both_sides]
    unscored = [p.id for p in reversed(posts) if not p.both_sides]

    skip, take = slice_needs(len(scored), start, 10)
    page = both_sides_slice(scored, unscored[skip : skip + take], skipped=skip, start=start, count=10)

    assert page == whole[start : start + 10]
