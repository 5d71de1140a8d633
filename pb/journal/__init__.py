"""The public decision record: append-only, hash-chained. Never names beside hidden text; never ballots."""
