"""Every route declares who may call it."""

from __future__ import annotations

import pytest
from flask import Flask

from pb.core import access
from pb.core.actor import Role
from tests.core.conftest import as_actor


def test_a_route_without_an_access_rule_stops_the_start(house: Flask) -> None:
    house.add_url_rule("/test/forgotten", "forgotten", lambda: "")

    with pytest.raises(access.UnlabelledRoute, match="forgotten"):
        access.check_all_routes(house)


def test_a_stranger_is_sent_to_sign_in_and_comes_back(house: Flask) -> None:
    answer = house.test_client().get("/test/desk?tab=2")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/staff/sign-in?next=/test/desk?tab%3D2"


def test_the_wrong_role_is_refused_with_a_page(house: Flask) -> None:
    as_actor(house, Role.COUNCILLOR)

    answer = house.test_client().get("/test/desk")

    assert answer.status_code == 403
    assert "Your role does not include this" in answer.text
    assert 'href="/staff/sign-in?next=/test/desk"' in answer.text  # staff may have come in by an e-mailed link


def test_the_right_role_gets_in(house: Flask) -> None:
    as_actor(house, Role.OFFICER)

    assert house.test_client().get("/test/desk").text == "the desk"
