"""One description of what is read: by one call where a version can, else a call for each model, with the same rows in the end."""

from __future__ import annotations

from app.hosts.odoo import trees
from app.hosts.odoo.trees import NAME, Tree
from app.ports import Json

ROWS: dict[str, list[dict[str, Json]]] = {
    "sale.order": [
        {"id": 1, "name": "S1", "partner_id": [7, "Ada"], "order_line": [11, 12]},
        {"id": 2, "name": "S2", "partner_id": False, "order_line": []},
    ],
    "sale.order.line": [
        {"id": 11, "qty": 2, "product_id": [5, "Tea"]},
        {"id": 12, "qty": 1, "product_id": [5, "Tea"]},
    ],
    "product.product": [{"id": 5, "code": "TEA"}],
}
PRODUCT = Tree(fields=("code",))
LINE = Tree(fields=("qty",), below={"product_id": ("product.product", PRODUCT)})
TREE = Tree(
    fields=("name",), below={"partner_id": ("res.partner", NAME), "order_line": ("sale.order.line", LINE)}
)


async def test_levels_are_read_once_each_and_put_together() -> None:
    asked: list[tuple[str, str, Json]] = []

    async def read(model: str, method: str, said: dict[str, Json]) -> Json:
        asked.append((model, method, said.get("ids")))
        return [dict(row) for row in ROWS[model]]

    first, second = await trees.level_by_level(read, "sale.order", [], TREE, "id", None)
    tea = {"id": 5, "code": "TEA"}
    assert first == {
        "id": 1,
        "name": "S1",
        "partner_id": {"id": 7, "display_name": "Ada"},
        "order_line": [{"id": 11, "qty": 2, "product_id": tea}, {"id": 12, "qty": 1, "product_id": tea}],
    }
    assert second == {"id": 2, "name": "S2", "partner_id": None, "order_line": []}
    assert asked == [
        ("sale.order", "search_read", None),
        ("sale.order.line", "read", [11, 12]),
        ("product.product", "read", [5]),
    ]


async def test_many_references_of_which_the_names_are_enough_are_read_as_well() -> None:
    """They come as bare numbers, where one reference comes with its name."""

    async def read(model: str, _method: str, said: dict[str, Json]) -> Json:
        if model == "product.template":
            return [{"id": 1, "categ_id": [4, "Tea"], "product_tag_ids": [8, 9]}]
        assert (model, said["ids"]) == ("product.tag", [8, 9])
        return [{"id": 8, "display_name": "new"}, {"id": 9, "display_name": "green"}]

    names = {"categ_id": ("product.category", NAME), "product_tag_ids": ("product.tag", NAME)}
    (row,) = await trees.level_by_level(read, "product.template", [], Tree(below=names), "id", None)
    assert row == {
        "id": 1,
        "categ_id": {"id": 4, "display_name": "Tea"},
        "product_tag_ids": [{"id": 8, "display_name": "new"}, {"id": 9, "display_name": "green"}],
    }


def test_newer_versions_are_asked_for_all_of_it_at_once() -> None:
    assert trees.specification(TREE) == {
        "name": {},
        "partner_id": {"fields": {"display_name": {}}},
        "order_line": {"fields": {"qty": {}, "product_id": {"fields": {"code": {}}}}},
    }
