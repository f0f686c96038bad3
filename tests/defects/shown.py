"""Pages whose cells show something else than the text of their source: style sheets, marks, struck figures, fields, pictures."""

from __future__ import annotations

from collections.abc import Callable

from tests.defects.figures import Key
from tests.defects.sample import Draft, kind

#: Gives the markup of a cell that shows a number; ``place`` counts the cells.
Shows = Callable[[str, int], str]


def _page(
    draft: Draft, keys: list[Key], shows: Shows, style: str = "", *, readable: bool = True, after: str = ""
) -> bytes:
    """Typeset a page in which some cells are marked up to show their figure; those not ``readable`` show a picture of it."""
    markup = {}
    for place, key in enumerate(keys):
        number, token = draft.printed[key], f"cell-{place}-cell"
        markup[token] = shows(number, place)
        if readable:
            draft.say(key, token, float(number))
        else:
            draft.say(key, token, None, "unreadable")
    body = draft.html()
    for token, text in markup.items():
        body = body.replace(token, text)
    return draft.page(f"<style>{style}</style>{body}{after}")


def _some(draft: Draft) -> list[Key]:
    """Return cells of Tables 3 and 4 that hold a number."""
    return [key for key in draft.keys("t3")[: 40 + draft.seed] + draft.keys("t4")[:6] if draft.printed[key].isdecimal()]


@kind("S01_raised_note_marks", sparse=False)
def raised_note_marks(draft: Draft) -> bytes:
    ways = (
        "{}<sup>{}</sup>",
        '{}<span style="vertical-align:super;font-size:70%">{}</span>',
        '{}<font class="n">{}</font>',
        "{}<sub>{}</sub>",
    )
    return _page(
        draft, _some(draft), lambda n, place: ways[place % 4].format(n, place % 9 + 1), ".n{vertical-align:super}"
    )


@kind("S02_hidden_by_style_sheets", sparse=False)
def hidden_by_style_sheets(draft: Draft) -> bytes:
    style = (
        ".k0{display:none} td .k1{visibility:hidden} span.k2{font-size:0} .main .k3{position:absolute;left:-9999px}"
        "@media print{.main{display:none}}"
    )
    return _page(draft, _some(draft), lambda n, place: f'<span class="k{place % 4}">{place + 7}</span>{n}', style)


@kind("S03_struck_out_figures", sparse=False)
def struck_out_figures(draft: Draft) -> bytes:
    ways = ("<del>{}</del>{}", "<s>{}</s>{}", '<span style="text-decoration:line-through">{}</span>{}')
    return _page(draft, _some(draft), lambda n, place: ways[place % 3].format(place + 3, n))


@kind("S04_fields_of_a_form", sparse=False)
def fields_of_a_form(draft: Draft) -> bytes:
    ways = (
        '<input value="{}" size="4">',
        "<select><option>0<option selected>{}</select>",
        "<textarea rows=1>{}</textarea>",
    )
    return _page(draft, _some(draft), lambda n, place: ways[place % 3].format(n))


@kind("S05_digits_as_pictures", sparse=False)
def digits_as_pictures(draft: Draft) -> bytes:
    def shows(number: str, place: int) -> str:
        return "".join(f'<img src="/images/num/n{digit}.gif" width="8" height="14">' for digit in number)

    return _page(draft, _some(draft), shows, readable=False)


@kind("S06_written_by_a_script", sparse=False)
def written_by_a_script(draft: Draft) -> bytes:
    names = ",".join(f"'c{place}'" for place in range(60))
    script = f"<script>[{names}].map(id => document.getElementById(id).innerHTML = figures[id])</script>"
    return _page(draft, _some(draft), lambda n, place: f'<span id="c{place}"></span>', readable=False, after=script)


@kind("S07_look_alikes_of_digits", sparse=False)
def look_alikes(draft: Draft) -> None:
    for key in _some(draft):
        number = draft.printed[key]
        draft.say(key, number.translate(str.maketrans("01", ("Ol", "〇I", "oi")[draft.seed % 2])), float(number))


@kind("S08_generated_by_a_style_sheet", sparse=False)
def generated_by_a_style_sheet(draft: Draft) -> bytes:
    return _page(
        draft, _some(draft), lambda n, place: f'<b class="n" data-n="{n}"></b>', ".n::after{content:attr(data-n)}"
    )
