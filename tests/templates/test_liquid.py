"""Liquid within limits: what merchants may write works exactly, and whatever is hostile ends in a clear error."""

from __future__ import annotations

import time
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.errors import Misconfigured, Rejected
from app.templates import Liquid, Purse, Value

TREE = {
    "order": {
        "name": "#1001",
        "total": Decimal("19.99"),
        "tags": ("vip", "b2b"),
        "note": None,
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        "lines": [{"sku": "MUG", "quantity": Decimal(2)}, {"sku": "TEA", "quantity": Decimal(1)}],
    }
}


def rendered(text: str) -> str:
    def coded(value: Value, table: str, required: bool = True) -> Value:
        return f"{table}/{value}/{required}"

    return Liquid().parse(text).render(TREE, {"look_up": coded, "currency": lambda value, to: value})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ order.name | part: '#', 2 | append: '-web' }}", "1001-web"),
        ("{% if order.total == 19.99 %}exact{% endif %}", "exact"),
        ("{% if order.total > 19.989999999999999999 %}above{% endif %}", "above"),
        ("{{ 0.1 | plus: 0.2 }}", "0.3"),
        ("{{ order.total | times: 3 | round: 1 }}", "60.0"),
        ("{{ order.note | default: 'none' }}", "none"),
        ("{{ order.tags }}", "vip, b2b"),
        ("{% for line in order.lines %}{{ line.sku }}x{{ line.quantity }} {% endfor %}", "MUGx2 TEAx1"),
        ("{{ order.created_at | date: '%d.%m.%Y' }}", "01.03.2026"),
        ("{{ order.total | matches: 'above', '19' }}", "true"),
        ("{{ 'card' | look_up: 'payments', false }}", "payments/card/False"),
        ("{% case order.name %}{% when '#1001' %}one{% else %}two{% endcase %}", "one"),
        ("{% capture both %}{{ order.name }}/{{ order.total }}{% endcapture %}{{ both }}", "#1001/19.99"),
    ],
)
def test_what_merchants_write(text: str, shown: str) -> None:
    assert rendered(text) == shown


@pytest.mark.parametrize(
    "word", ["offset", "limit", "reversed", "for", "in", "contains", "and", "true", "nil", "empty", "if"]
)
def test_a_name_behind_a_dot_may_be_a_word_of_the_language(word: str) -> None:
    tree = {"page": {word: Decimal(7), "deep": {word: "within"}}}

    def said(text: str) -> str:
        return Liquid().parse(text.replace("WORD", word)).render(tree, {})

    assert said("{{ page.WORD }}|{{ page['WORD'] | plus: page.WORD }}|{{ page.deep.WORD }}") == "7|14|within"
    assert said("{% if page.WORD == 7 and page.WORD > 6 %}yes{% endif %}") == "yes"
    assert said("{% assign x = page.WORD %}{% case page.WORD %}{% when 7 %}{{ x }}{% endcase %}") == "7"
    assert said("{% for n in (1..page.WORD) reversed %}{{ n }}{% endfor %}") == "7654321"
    assert Liquid().parse(f"{{{{ page.{word} }}}}").names == {f"page.{word}"}


def test_words_of_the_language_are_so_still_where_no_dot_is() -> None:
    loop = "{% for line in order.lines limit: 1 offset: 1 %}{{ line.sku }}{% endfor %}"
    assert rendered(loop + "{% if order.tags contains 'vip' and true %}yes{% endif %}") == "TEAyes"


HOSTILE = {
    "a huge loop": "{% for i in (1..1000000000) %}a{% endfor %}",
    "loops in loops": "{% for a in (1..99) %}{% for b in (1..99) %}x{% endfor %}{% endfor %}",
    "a text that doubles": "{% assign s = 'aaaaaaaa' %}{% for i in (1..400) %}{% assign s = s | append: s %}{% endfor %}{{ s }}",
    "a number that squares": "{% assign n = 99999 %}{% for i in (1..400) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
    "a huge number": "{{ " + "9" * 3000 + " }}",
    "a huge output": "{% for i in (1..400) %}" + "x" * 200 + "{% endfor %}",
    "filters without end": "{% for i in (1..400) %}"
    + "{% assign a = 'x' | upcase | upcase | upcase %}" * 5
    + "{% endfor %}",
    "a replacement that explodes": "{{ '" + "a" * 900 + "' | replace: 'a', '" + "b" * 900 + "' }}",
    "a date that fills the memory": "{{ order.created_at | date: '%999999999Y' }}",
    "a range that is looked through": "{% if (1..999999999999) contains 5.5 %}x{% endif %}",
    "a range that is turned round": "{% for i in (1..99999999999) reversed %}x{% endfor %}",
    "a range that is skipped": "{% for i in (1..99999999999) limit: 2 offset: 99999999998 %}x{% endfor %}",
    "a range within something else": "{% case 1 %}{% else %}{{ 'a' | append: 'b', (1..99999999999) }}{% endcase %}",
    "nothing, ever so often": "{% for i in (1..499) %}" + "{{x}}" * 700 + "{% endfor %}",
    "names without end": "{% for i in (1..499) %}"
    + "".join(f"{{%assign a{n}=order.name%}}" for n in range(150))
    + "{% endfor %}",
    "questions without end": "{% for i in (1..499) %}{%case 1%}"
    + "{%when 2,3,4,5%}" * 200
    + "{%endcase%}{% endfor %}",
    "loops after loops": "{% for i in (1..499) %}{% if x %}{% endif %}{% if x %}{% endif %}{% endfor %}" * 50,
    "a filter given too much": "{% for i in (1..499) %}{% assign b = 'a' | matches: 'contains'"
    + ", 'a'" * 300
    + " %}{% endfor %}",
    "texts that pile up": "".join(
        f"{{% assign v{n} = '{'x' * 40}' | append: '{'y' * 40}' %}}" for n in range(30)
    )
    + "{% for i in (1..400) %}{% capture c %}{{ v1 }}{{ v2 }}{{ v3 }}{{ c }}{% endcapture %}{% endfor %}{{ c }}",
}
MALFORMED = {
    "brackets without end": "{{ " + "a[" * 900 + "]" * 900 + " }}",
    "conditions without end": "{% if a" + " and a" * 600 + " %}x{% endif %}",
    "blocks without end": "{% if 1 %}" * 40 + "{% endif %}" * 40,
    "another file": "{% include 'secrets' %}",
    "another template": "{% render 'secrets' %}",
    "a filter that is none": "{{ order.name | system }}",
    "a tag that is none": "{% cycle 'a', 'b' %}",
    "half a tag": "{{ order.name ",
    "too long": "x" * 4001,
    "brackets that are opened alone": "{" * 4000,
    "blanks without end": "{{ a" + " " * 3900 + "b }}",
    "blanks and no end": "{{" + " " * 3900,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_would_not_end_is_stopped_and_takes_no_memory(what: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as stopped:
            rendered(HOSTILE[what])
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert stopped.value.code in {"rule.limit", "rule.too_long", "rule.not_a_number", "rule.date_form"}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_can_not_be_meant_is_refused_when_it_is_saved(what: str) -> None:
    began = time.process_time()
    with pytest.raises(Misconfigured) as refused:
        Liquid().parse(MALFORMED[what])
    assert time.process_time() - began < 0.3
    assert refused.value.code == "rule.template_malformed"


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.__class__ }}",
        "{{ order.name.__class__.__mro__ }}",
        "{{ order.total.__init__.__globals__ }}",
        "{{ order.lines[0].__dict__ }}",
        "{{ order['__class__'] }}",
        "{{ order }}",
        "{{ (1..5) }}",
        "{{ ['now'] }}{{ now }}{{ today }}",
        "{% assign k = 'now' %}{{ [k] | date: '%Y' }}",
        "{% for d in ['~doors'] %}{{ d }}{% endfor %}",
    ],
)
def test_nothing_but_values_can_be_reached(text: str) -> None:
    assert rendered(text) == ""


def test_the_rules_of_a_record_share_what_it_may_take() -> None:
    template, purse = Liquid().parse("{% for i in (1..400) %}{{ x }}{% endfor %}"), Purse(2_500)
    assert template.render(TREE, {}, purse) == ""
    with pytest.raises(Rejected) as stopped:
        template.render(TREE, {}, purse)
    assert stopped.value.code == "rule.limit"


def test_a_long_order_is_walked() -> None:
    tree = {"order": {"lines": [{"sku": f"S{n}", "quantity": Decimal(n)} for n in range(400)]}}
    text = (
        "{% for line in order.lines %}{% if line.quantity > 5 %}"
        "{% assign n = line.sku | downcase | append: ';' %}{{ n }}{% endif %}{% endfor %}"
    )
    assert Liquid().parse(text).render(tree, {}).count(";") == 394


def test_the_line_of_a_mistake_is_told() -> None:
    with pytest.raises(Misconfigured) as refused:
        Liquid().parse("{{ order.name }}\n{{ order.name }}\n{% nope %}")
    assert "line 3" in refused.value.sentence


def test_the_paths_that_a_template_reads_are_known_without_running_it() -> None:
    parsed = Liquid().parse(
        "{% assign x = order.name %}{% for l in order.lines %}{{ l.sku }}{{ x }}{% endfor %}"
    )
    assert parsed.names == {"order.name", "order.lines"}
