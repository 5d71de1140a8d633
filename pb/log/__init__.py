"""You said, we did, together: what was promised, by whom, and what became of it."""
