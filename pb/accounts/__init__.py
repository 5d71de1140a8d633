"""People, groups, roles, the wards they serve, and how they sign in. Never who voted."""
