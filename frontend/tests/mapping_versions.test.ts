// What the page decides about drafts, versions, previews and what-ifs.
import { describe, expect, test } from "vitest";
import { amount, named, nothing } from "../src/components/mapping/differences";
import { exact, further, place } from "../src/components/mapping/preview_paths";
import { among } from "../src/components/mapping/version_compare";
import { keyName, ruleList, ruleName } from "../src/components/mapping/version_names";
import { way } from "../src/components/mapping/way";
import { DIFFERING, asked, count, outcomes, present, progress } from "../src/components/mapping/what_if_results";
import type { Counts } from "../src/components/mapping/what_if_results";
import { said } from "../src/components/mapping/draft_standing";
import { said as inWords } from "../src/components/mapping/version_words";

describe("addresses within the mapping", () => {
  test("the connection goes along, and what is not said is left out", () => {
    expect(way("/mapping", undefined)).toBe("/mapping");
    expect(way("/mapping", "c1", { order: "o 1", version: undefined, was: "" })).toBe("/mapping?order=o+1&connection=c1");
  });

  test("an address can't name a version that nobody means", () => {
    expect(named("7", "draft")).toBe("7");
    expect(named("current", "draft")).toBe("current");
    for (const odd of [undefined, "", "0", "-1", "07", "1e3", "draft ", "9999999999"]) expect(named(odd, "draft")).toBe("draft");
  });
});

describe("how much a draft differs", () => {
  const table = (added: number, removed: number, changed: number) => ({ name: "payments", added, removed, changed });

  test("rows of all tables and all rules are counted", () => {
    const found = amount({ tables: [table(1, 2, 3), table(0, 0, 1)], rules: [{}, {}] });
    expect(found).toEqual({ rows: 7, rules: 2 });
    expect(said(found)).toBe("Differs in 7 table rows and 2 rules.");
    expect(said({ rows: 1, rules: 0 })).toBe("Differs in 1 table row.");
  });

  test("nothing is told from not knowing", () => {
    expect(nothing({ rows: 0, rules: 0 })).toBe(true);
    expect(said({ rows: 0, rules: 0 })).toBe("It says the same as what is in force.");
    expect(said(null)).toBe("Nothing is in force yet.");
  });
});

describe("what is compared", () => {
  test("a version that an address names is among those to choose from", () => {
    expect(among([9, 8], "3")).toEqual([9, 8, 3]);
    expect(among([9, 8], "8")).toEqual([9, 8]);
    expect(among([9, 8], "draft")).toEqual([9, 8]);
  });
});

describe("names", () => {
  const names = { sources: [], targets: [{ name: "department", label: "Department" }] };

  test("a row is called by what it is for", () => {
    expect(keyName("payments", "*")).toBe("Everything else");
    expect(keyName("special", "tip")).toBe("Tips");
    expect(keyName("payments", "tip")).toBe("tip");
    expect(keyName("locations", "7", "Main street")).toBe("Main street (7)");
    expect(keyName("locations", "*", "Main street")).toBe("Everything else");
  });

  test("a rule is called by the ERP's field, a gate by what people are told", () => {
    expect(ruleName({ id: "a", target: "department" }, null, names)).toBe("Department");
    expect(ruleName({ id: "a", target: "gone" }, null, names)).toBe("gone");
    expect(ruleName({ id: "dear", sentence: "Looked at first." }, null, names)).toBe("Looked at first.");
    expect(ruleName("odd", "a", null)).toBe("a");
  });

  test("what is stored otherwise than as a list has no rules", () => {
    expect(ruleList({ fields: [1] }, "fields")).toEqual([1]);
    for (const odd of [null, "x", [], {}, { gates: {} }]) expect(ruleList(odd, "gates")).toEqual([]);
  });
});

describe("a message to the ERP", () => {
  test("places are read as words", () => {
    expect(place("document.lines[0].tax_code")).toBe("lines 1 · tax code");
    expect(place("body.lines[0].item")).toBe("lines 1 · item");
    expect(place("payments[1].method")).toBe("payments 2 · method");
  });

  test("the exact request is kept as it is", () => {
    expect(JSON.parse(exact({ total: "10.00", lines: [] }))).toEqual({ total: "10.00", lines: [] });
  });

  test("only another request than the first is shown beside it", () => {
    expect(further({ a: 1 }, { a: 1 })).toBe(false);
    expect(further(null, { a: 1 })).toBe(false);
    expect(further({ a: 2 }, { a: 1 })).toBe(true);
  });
});

describe("a what-if", () => {
  const counts: Counts = [
    { outcome: "SAME", code: null, count: 90 },
    { outcome: "CHANGED", code: null, count: 7 },
    { outcome: "NEWLY_HELD", code: null, count: 3 },
    { outcome: "NEWLY_HELD", code: "rule.held", count: 3 },
  ];

  test("what differs is shown until somebody chooses", () => {
    expect(outcomes(undefined)).toEqual(DIFFERING);
    expect(outcomes("SAME")).toEqual(["SAME"]);
    expect(DIFFERING).not.toContain("SAME");
  });

  test("no order is counted twice for its reason", () => {
    expect(count(counts, DIFFERING)).toBe(10);
    expect(present(counts)).toEqual(["CHANGED", "NEWLY_HELD", "SAME"]);
  });

  test("how far it is comes from what it counted", () => {
    const tallies = (given: Record<string, number>) => Object.entries(given).map(([name, count]) => ({ name, count }));
    expect(progress([])).toBeNull();
    expect(progress(tallies({ found: 200, read: 40, orders_same: 30, orders_changed: 10 }))).toEqual({ found: 200, read: 40, differ: 10 });
  });

  test("what it was asked for is read from its run", () => {
    const request = [
      { name: "compared_with", value: "3" },
      { name: "now", value: "abc" },
      { name: "version", value: "draft" },
    ];
    expect(asked(request)).toEqual({ version: "draft", now: "abc", was: "3" });
  });
});

describe("a rule in words", () => {
  const labels = new Map([["order.channel", "Sales channel"]]);

  test("a rule and a gate are said as the builder says them", () => {
    const rule = { id: "a", target: "memo", start: { field: "order.channel" }, when: { tests: [{ field: "order.channel", operator: "filled" }] } };
    expect(inWords(rule, labels)).toEqual({ what: "Sales channel", when: "Sales channel is there" });
    const gate = { id: "b", do: "hold", sentence: "Looked at.", when: { tests: [] } };
    expect(inWords(gate, labels)).toEqual({ what: "Held for a person", when: "" });
  });

  test("Liquid is shown as it is written", () => {
    expect(inWords({ id: "a", target: "memo", liquid: "{{ order.name }}" }, labels)?.liquid).toBe("{{ order.name }}");
  });

  test("what nobody can say is left to be shown as it is stored", () => {
    for (const odd of [null, 7, [], {}, { target: "memo", steps: [null] }, { do: "hold", sentence: "x" }]) {
      expect(inWords(odd, labels)).toBeUndefined();
    }
  });
});
