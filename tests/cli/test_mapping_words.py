"""The words about the mapping, as an operator types them: a draft, its publishing, and going back."""

from __future__ import annotations

import json
from pathlib import Path

from tests.models.world import TABLES, Joined
from tests.typed import said


async def test_a_draft_is_saved_published_and_taken_back(
    env: dict[str, str], joined: Joined, tmp_path: Path
) -> None:
    shop, tables = ("--shop", joined.domain), tmp_path / "tables.json"
    tables.write_text(json.dumps({"payments": {"*": "CARD"}}))
    drafted = await said(env, "mapping", "draft", *shop, "--tables", str(tables), "--note", "Cards")
    draft = json.loads(drafted.out)
    assert (draft["version"], draft["state"], draft["based_on"]) == ("draft", "draft", 1)
    assert draft["tables"] == {**TABLES, "payments": {"*": "CARD"}}
    (made,) = (await said(env, "mapping", "publish", *shop, "--revision", draft["revision"])).lines
    assert (made["version"], made["published_by"], made["note"]) == (2, "command line", "Cards")
    assert made["records"] == 0
    (back,) = (await said(env, "mapping", "roll-back", "1", *shop)).lines
    assert (back["version"], back["based_on"]) == (3, 1)
    assert json.loads((await said(env, "mapping", "show", *shop)).out)["tables"] == TABLES
    assert [row["version"] for row in (await said(env, "mapping", "versions", *shop)).lines] == [3, 2, 1]
    begun = await said(env, "mapping", "what-if", "1", *shop, "--no-wait", "--orders", "5")
    (shown,) = begun.lines
    assert (shown["kind"], shown["state"]) == ("what_if", "running")
    none = await said(env, "mapping", "publish", *shop)
    assert (none.code, "[mapping.no_draft]" in none.err) == (2, True)


async def test_a_value_is_mapped_by_a_word(env: dict[str, str], joined: Joined) -> None:
    shop = ("--shop", joined.domain)
    assert (await said(env, "mapping", "unmapped", *shop)).lines == []
    done = await said(env, "mapping", "map", *shop, "payments", "Barter", "SWAP")
    assert done.out == "version 2: 0 records will be run again\n"
    assert (
        json.loads((await said(env, "mapping", "show", *shop)).out)["tables"]["payments"]["Barter"] == "SWAP"
    )
    none = await said(env, "mapping", "map", *shop, "moods", "sad", "S")
    assert (none.code, "[mapping.no_table]" in none.err) == (2, True)


async def test_a_table_goes_out_as_a_file_and_comes_in_again(
    env: dict[str, str], joined: Joined, tmp_path: Path
) -> None:
    shop, file = ("--shop", joined.domain), tmp_path / "special.csv"
    assert (await said(env, "mapping", "export", *shop, "special", "--csv", str(file))).code == 0
    text = file.read_text(encoding="utf-8")
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("tip,TIP", "tip,TIP2").encode())
    done = await said(env, "mapping", "import", *shop, "special", str(file), "--publish", "--yes")
    assert (done.out, done.err) == ("version 2\n", "8 rows, 1 changes\n")
    file.write_text(text + "tip,AGAIN\nA,B,C\n")
    bad = await said(env, "mapping", "import", *shop, "special", str(file), "--publish", "--yes")
    assert bad.code == 2
    assert [line.partition(":")[0] for line in bad.err.splitlines()[:2]] == ["line 10", "line 11"]
    assert json.loads((await said(env, "mapping", "show", *shop)).out)["version"] == 2


async def test_a_table_gets_an_address_and_a_secret_and_loses_them(
    env: dict[str, str], joined: Joined
) -> None:
    shop = ("--shop", joined.domain)
    made = await said(env, "mapping", "feed", *shop, "items", "--merge")
    (shown,) = (await said(env, "mapping", "feeds", *shop)).lines
    assert (shown["table"], shown["merge"], shown["address"]) == ("items", True, made.err.strip())
    assert len(made.out.strip()) == 64
    assert (await said(env, "mapping", "feed", *shop, "items", "--remove")).code == 0
    assert (await said(env, "mapping", "feeds", *shop)).lines == []


async def test_rates_are_entered_from_a_file_or_not_at_all(
    env: dict[str, str], joined: Joined, tmp_path: Path
) -> None:
    shop, file = ("--shop", joined.domain), tmp_path / "rates.csv"
    file.write_text("from,to,rate,date\nUSD,EUR,0.8612,2026-01-05\nUSD,EUR,nought,2026-01-06\n")
    bad = await said(env, "mapping", "rates", *shop, "--csv", str(file))
    assert (bad.code, bad.err.splitlines()[0].partition(":")[0]) == (2, "line 3")
    file.write_text("from,to,rate,date\nUSD,EUR,0.8612,2026-01-05\n")
    done = await said(env, "mapping", "rates", *shop, "--csv", str(file))
    assert done.out == "1 rates are new; 0 records will be run again\n"
    (shown,) = (await said(env, "mapping", "rates", *shop)).lines
    assert (shown["rate"], shown["date"], shown["days"]) == ("0.8612", "2026-01-05", 7)
    (source,) = (
        await said(env, "mapping", "rate-source", *shop, "--from", "host", "--days", "3", "--read")
    ).lines
    assert (source["from"], source["days"], source["cadence"]) == ("host", 3, "@every 86400")
