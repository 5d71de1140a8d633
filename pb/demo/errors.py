"""What can be wrong with the demo council's words."""

from __future__ import annotations


class ContentError(ValueError):
    """Something in `content/` does not hold together; `where` says in which entry, `fault` says what."""

    def __init__(self, where: str, fault: str) -> None:
        super().__init__(f"{where}: {fault}")
        self.where = where
        self.fault = fault
