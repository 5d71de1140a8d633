"""Rounds, their pots, wards, phases by date, the set-up checklist and the freeze. Never ballots."""
