"""Field macros: label, hint, error and control belong together, and what was typed stays."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, StringField, validators

from tests.look.gallery import ProposalForm
from tests.macros.conftest import Draw, words

DRAWN = {
    "title": "text", "email": "email", "password": "password", "problem": "textarea", "cost": "money", "ward": "select",
    "kind": "radios", "themes": "checkboxes", "by": "date", "agree": "checkbox", "code": "code",
}  # fmt: skip


def by_id(fragment: Element, wanted: str) -> Element:
    return next(element for element in fragment.iter() if element.get("id") == wanted)


def with_errors() -> ProposalForm:
    form = ProposalForm(MultiDict({"email": "no", "problem": "x" * 601, "by": "soon", "ward": "moon", "code": "1 2"}))
    form.validate()
    for field in form:
        field.errors = list(field.errors) or ["Something is wrong here"]
    return form


@pytest.mark.parametrize(("name", "macro"), DRAWN.items())
def test_every_control_has_a_label_of_its_own(draw: Draw, name: str, macro: str) -> None:
    fragment = draw(f"{{{{ forms.{macro}(form.{name}) }}}}", form=ProposalForm())

    controls = [e for e in fragment.iter() if e.tag in ("input", "select", "textarea")]
    labels = [e.get("for") for e in fragment.iter("label")]
    assert [control.get("id") for control in controls] == labels


@pytest.mark.parametrize(("name", "macro"), DRAWN.items())
def test_an_error_is_beside_its_field_and_described_to_screen_readers(draw: Draw, name: str, macro: str) -> None:
    fragment = draw(f"{{{{ forms.{macro}(form.{name}, hint='A hint') }}}}", form=with_errors())

    described = next(e.get("aria-describedby") for e in fragment.iter() if e.get("aria-describedby"))
    assert f"{name}-error" in described.split()
    assert f"{name}-hint" in described.split()
    assert words(by_id(fragment, f"{name}-error")).startswith("Error: ")
    assert all(by_id(fragment, wanted) is not None for wanted in described.split())


@pytest.mark.parametrize(("name", "macro"), DRAWN.items())
def test_the_error_summary_links_to_a_control_that_is_there(draw: Draw, name: str, macro: str) -> None:
    fragment = draw(f"{{{{ forms.error_summary(form) }}}}{{{{ forms.{macro}(form.{name}) }}}}", form=with_errors())

    links = [e.get("href") for e in fragment.iter("a")]
    assert f"#{name}" in links
    assert by_id(fragment, name).tag in ("input", "select", "textarea")


def test_what_was_typed_stays_and_is_escaped(draw: Draw) -> None:
    typed = '"><script>alert(1)</script>'
    form = ProposalForm(MultiDict({"title": typed, "problem": typed, "by": typed}))

    fragment = draw(
        "{{ forms.text(form.title) }}{{ forms.textarea(form.problem) }}{{ forms.date(form.by) }}", form=form
    )

    assert by_id(fragment, "title").get("value") == typed
    assert by_id(fragment, "by").get("value") == typed
    assert words(by_id(fragment, "problem")) == typed
    assert list(fragment.iter("script")) == []


def test_choices_keep_what_was_chosen(draw: Draw) -> None:
    form = ProposalForm(MultiDict([("kind", "both"), ("themes", "p"), ("agree", "y"), ("ward", "c")]))

    fragment = draw(
        "{{ forms.radios(form.kind) }}{{ forms.checkboxes(form.themes) }}"
        "{{ forms.checkbox(form.agree) }}{{ forms.select(form.ward) }}",
        form=form,
    )

    assert [e.get("value") for e in fragment.iter("input") if "checked" in e.attrib] == ["both", "p", "y"]
    assert [e.get("value") for e in fragment.iter("option") if "selected" in e.attrib] == ["c"]


def test_browsers_do_not_cut_or_refuse_what_is_typed(draw: Draw) -> None:
    fragment = draw("{{ forms.text(form.title) }}{{ forms.textarea(form.problem, limit=600) }}", form=ProposalForm())

    assert [e.tag for e in fragment.iter() if {"required", "maxlength"} & set(e.attrib)] == []
    assert words(by_id(fragment, "problem-count")) == "You can write up to 600 characters."


def test_a_code_can_be_filled_in_by_the_phone(draw: Draw) -> None:
    control = by_id(draw("{{ forms.code(form.code) }}", form=ProposalForm()), "code")

    assert (control.get("autocomplete"), control.get("inputmode")) == ("one-time-code", "numeric")


def test_a_post_form_carries_its_token_and_a_get_form_does_not(draw: Draw) -> None:
    post = draw("{% call forms.form('/x', hx={'target': '#y'}) %}{{ forms.submit('Go') }}{% endcall %}")
    get = draw("{% call forms.form('/x', method='get') %}{{ forms.submit('Go') }}{% endcall %}")

    assert [e.get("name") for e in post.iter("input")] == ["csrf_token"]
    assert next(post.iter("form")).get("hx-post") == "/x"
    assert list(get.iter("input")) == []


def test_errors_of_the_whole_form_and_of_inner_fields_are_all_listed(draw: Draw) -> None:
    class Line(Form):  # type: ignore[misc]
        what = StringField("What", [validators.InputRequired("Enter what you will do")])

    class Deal(Form):  # type: ignore[misc]
        ours = FormField(Line)
        lines = FieldList(FormField(Line), min_entries=2)

    form = Deal(MultiDict({"lines-0-what": "dig"}))
    form.validate()
    form.form_errors.append("The round has closed")

    fragment = draw("{{ forms.error_summary(form, extra=[('Take out 2 projects', 'picks')]) }}", form=form)

    said = [words(item) for item in fragment.iter("li")]
    assert said == ["Take out 2 projects", "The round has closed", "Enter what you will do", "Enter what you will do"]
    assert [a.get("href") for a in fragment.iter("a")] == ["#picks", "#ours-what", "#lines-1-what"]


def test_a_form_without_errors_has_no_summary(draw: Draw) -> None:
    assert words(draw("{{ forms.title_prefix(form) }}{{ forms.error_summary(form) }}", form=ProposalForm())) == ""
