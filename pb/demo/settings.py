"""`python -m pb.demo.settings` prints the settings of a new demonstration, one `NAME=value` a line.

They are kept in the demonstration's data directory: its key is random, so that two demonstrations share none.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from pb.demo.content import STAFF_DOMAIN, load


def lines() -> list[str]:
    """The settings, each on one line, from the words of the demo council."""
    council = load(datetime.now(UTC).date()).council
    values = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DEMO": "1",
        "BASE_URL": "http://127.0.0.1:8000",
        "COUNCIL_NAME": council.name,
        "SERVICE_NAME": council.strapline,
        "COUNCIL_COLOUR": council.colour,
        "HELP_PHONE": council.help_phone,
        "HELP_HOURS": council.help_hours,
        "HELP_EMAIL": f"together@{STAFF_DOMAIN}",
        "HELP_PLACE": council.help_place,
        "GRANTS_PREFIX": "harthwaite",
        "FUNDER_ID": "GB-LAE-HARTHWAITE",  # invented, like the borough
    }
    return [f"{name}={' '.join(value.split())}" for name, value in values.items()]


if __name__ == "__main__":
    print("\n".join(lines()))
