"""What an officer can choose for a ballot and its count, by the names the engine and the tables use.

Only what this version can really do is offered; a later ballot kind is one more line here.
"""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from pb.core.provider import PROVIDER_NAME

Choices = dict[str, LazyString]

BALLOT_KINDS: Choices = {
    "approval": _l("Pick: choose the projects you want, up to a number"),
    "points": _l("Pick, then share 10 points among the picks"),
    "knapsack": _l("Spend: choose projects that together fit the pot"),
    "ranking": _l("Rank: pick projects and put them in order"),
}

RULES: Choices = {
    "equal-shares": _l("Equal shares: everybody gets the same share of the pot to spend"),
    "greedy": _l("Most votes: projects with the most picks first, while the money lasts"),
}

COMPLETIONS: Choices = {
    "add1": _l("Raise everybody's share step by step until the pot is used as well as it can be"),
    "none": _l("Leave it"),
}

TIE_RULES: Choices = {
    "cost_votes_lot": _l("Lower cost first, then more picks, then a lot drawn before voting"),
    "votes_lot": _l("More picks first, then a lot drawn before voting"),
    "cost_votes_id": _l("Lower cost first, then more picks, then the project's code"),
}

RUNGS: dict[int, LazyString] = {
    0: _l("People say who they are; nothing is checked"),
    1: _l("A code sent by e-mail; one vote for each address"),
    2: _l("A code posted to each person on a list, or handed out; one vote for each code"),
    3: _l("Name and other facts that a list holds, and a code sent to the address on the list"),
    4: _l("An account with %(provider)s; one vote for each account", provider=PROVIDER_NAME),
}

CHANNEL_RULES: Choices = {
    "first": _l("The first one stands"),
    "paper": _l("The paper ballot stands"),
}

SEAL_MODES: Choices = {
    "S1": _l("The server keeps the key; two members of staff open the box together"),
    "S2": _l("Three people hold the key; any two of them open the box together"),
}
"""Who keeps the key that opens the ballot box (security.md 4.1)."""

RUNG_HINTS: dict[int, LazyString] = {
    0: _l("Stops accidents only. For ideas and trials, never for money."),
    1: _l("Stops casual repeats. One person can have many addresses. For advice and small sums."),
    3: _l("Stops second votes by other ways. A code must follow: families know such facts. Needs e-mail."),
    2: _l("Stops outsiders and robots. Letters can be stolen. Our advice where money is bound."),
    4: _l(
        "As sure as its accounts are. Not everybody has one. With paper as well, use a list and offer this beside it."
    ),
}
"""What each way stops and what it does not (security.md 5.1)."""

ALSO: dict[int, LazyString] = {
    2: _l("The code in their letter"),
    3: _l("Facts that the list holds, and a code sent to the e-mail address on it"),
    1: _l("A code sent to the e-mail address that the list holds"),
    4: _l("Their account with %(provider)s, where the list has a column “Account”", provider=PROVIDER_NAME),
}
"""Ways that can be offered beside a list, because they lead to the same entry of it: no second vote."""

RUNG_OF_PROVIDER = 4
"""Offered only where the settings name a provider."""

RUNGS_WITH_LIST = frozenset({2, 3})

LOTS = frozenset({"cost_votes_lot", "votes_lot"})
"""Tie rules that need a secret lot, committed to at the freeze."""

RULES_WITH_COMPLETION = frozenset({"equal-shares"})

FAIR_CHECKS: Choices = {
    "early": _l("People can still change what happens: nothing has been decided"),
    "reasons": _l("We give our reasons, and the other ways that were open to us"),
    "time": _l("People have enough time to read, ask and answer"),
    "weighed": _l("We say who will weigh the answers, and how"),
}
"""Four tests of a fair consultation (R v Brent LBC ex p Gunning, 1985)."""
