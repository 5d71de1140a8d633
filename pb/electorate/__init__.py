"""Who may vote in a round and by which rung they prove it. Never what anyone voted."""
