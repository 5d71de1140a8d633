"""Checks of proposals: admissible, feasible, what it costs, with reasons that are published."""
