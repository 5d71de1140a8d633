"""Every way in which a count can refuse to go on, one class per broken rule, with the facts as attributes."""

from __future__ import annotations

from collections.abc import Sequence


class CountingError(Exception):
    """Base of all errors raised on purpose by this package."""


class InvalidElection(CountingError):
    """The election contradicts itself; subclasses say how."""


class DuplicateProject(InvalidElection):
    """Two projects carry the same id."""

    def __init__(self, project: str) -> None:
        super().__init__(f"two projects have the id {project!r}")
        self.project = project


class UnknownProject(InvalidElection):
    """A ballot, a conflict or a withdrawal names a project that is not in the election."""

    def __init__(self, project: str, where: str = "a ballot") -> None:
        super().__init__(f"{where} names {project!r}, which is not a project of this election")
        self.project, self.where = project, where


class InvalidAmount(InvalidElection):
    """A cost, a budget limit, a weight or a number of points is not a whole number in its range."""

    def __init__(self, what: str, value: object) -> None:
        super().__init__(f"{what} is {value!r}: it must be a whole number, and not negative")
        self.what, self.value = what, value


class MixedBallots(InvalidElection):
    """Ballots of two kinds in one election."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(f"ballots of different kinds in one election: {', '.join(kinds)}")
        self.kinds = tuple(kinds)


class InvalidRanking(InvalidElection):
    """A ranking is longer than the longest ballot the election allows."""

    def __init__(self, length: int, longest: int) -> None:
        super().__init__(f"a ballot ranks {length} projects but the election allows {longest}")
        self.length, self.longest = length, longest


class UnknownRule(CountingError):
    """No allocation rule, completion, utility or tie rule has this name."""

    def __init__(self, what: str, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no {what} is called {name!r}; known: {', '.join(known)}")
        self.what, self.name, self.known = what, name, tuple(known)


class RuleDoesNotApply(CountingError):
    """The rule cannot count ballots of this kind, or needs an option the election does not state."""


class TooManySets(CountingError):
    """So many sets of projects are nearly equally good that the best was not proved within reasonable memory."""

    def __init__(self, projects: int) -> None:
        super().__init__(f"too many nearly equal sets among {projects} projects to prove which is best")
        self.projects = projects


class TargetOutOfReach(CountingError):
    """No allowed set of options saves as much as the target."""

    def __init__(self, target: int, total: int) -> None:
        super().__init__(f"the target of {target} is out of reach: all options together save {total}")
        self.target, self.total = target, total


class TieRefused(CountingError):
    """A tie was met and the tie rule is `refuse`."""

    def __init__(self, tied: Sequence[str]) -> None:
        super().__init__(f"tied, and the tie rule is to refuse: {', '.join(tied)}")
        self.tied = tuple(tied)


class ParseError(CountingError):
    """A `.pb` file cannot be counted. `line` counts from 1; 0 means the file as a whole."""

    def __init__(self, problem: str, *, line: int = 0, path: str = "<pb>") -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.problem, self.line, self.path = problem, line, path
