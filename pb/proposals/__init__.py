"""Residents' proposals: drafts, public revisions, the deal."""
