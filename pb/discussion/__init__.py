"""Talk: contributions, stances, what both sides find useful, the summary, moderation. Never who voted."""
