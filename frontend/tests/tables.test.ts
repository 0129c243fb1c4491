// A look-up table while it is changed.
import { describe, expect, test } from "vitest";
import { alike } from "../src/components/mapping/table_importing";
import { PAGE, edited, fault, known, left, matching, named, own, paged, shown, stored, unsent } from "../src/components/mapping/table_rows";
import type { Edits, Row } from "../src/components/mapping/table_rows";

const rows: Row[] = [
  { name: "*", value: "BANK" },
  { name: "PayPal", value: "PP" },
  { name: "visa", value: "CARD" },
];

function after(...changes: [string, string | null][]): Edits {
  return changes.reduce<Edits>((edits, [name, now]) => edited(rows, edits, name, now), {});
}

describe("edits", () => {
  test("a row that says again what is stored is none", () => {
    expect(after(["paypal", "P2"])).toEqual({ paypal: { name: "PayPal", now: "P2" } });
    expect(after(["paypal", "P2"], [" PAYPAL ", "PP"])).toEqual({});
    expect(after(["visa", null], ["visa", "CARD"])).toEqual({});
    expect(after(["new", "N"], ["New", null])).toEqual({});
  });

  test("what is new stands first, and what is to go stays in its place until it is saved", () => {
    const made = shown(rows, after(["klarna", "K"], ["visa", null], ["paypal", "P2"], ["amex", "A"]));
    expect(made.map(({ name, standing }) => `${name} ${standing}`)).toEqual([
      "amex new",
      "klarna new",
      "* same",
      "PayPal changed",
      "visa gone",
    ]);
  });

  test("the whole table is stored, without what is to go or was left blank", () => {
    expect(stored(rows, after(["klarna", " K "], ["visa", null], ["*", " "]))).toEqual([
      { name: "klarna", value: "K" },
      { name: "PayPal", value: "PP" },
    ]);
    expect(stored(rows, {})).toEqual(rows);
  });

  test("what is changed while the rest is under way is still to be saved", () => {
    const sent = after(["paypal", "P2"], ["visa", null]);
    expect(unsent(sent, sent)).toEqual({});
    const since = edited(rows, edited(rows, sent, "visa", "V"), "klarna", "K");
    expect(Object.keys(unsent(since, sent))).toEqual(["visa", "klarna"]);
  });

  test("what others stored meanwhile is kept beside them", () => {
    const now = [...rows, { name: "sepa", value: "S" }];
    expect(stored(now, after(["visa", "V"])).map(({ value }) => value)).toEqual(["BANK", "PP", "V", "S"]);
  });
});

describe("a row to be added", () => {
  test("names both sides, once", () => {
    expect(fault(rows, {}, " ", "X")).toBe("key");
    expect(fault(rows, {}, "x", " ")).toBe("value");
    expect(fault(rows, {}, "x".repeat(501), "X")).toBe("long");
    expect(fault(rows, {}, " PAYPAL", "X")).toBe("double");
    expect(fault(rows, after(["klarna", "K"]), "Klarna", "X")).toBe("double");
    expect(fault(rows, after(["visa", null]), "visa", "X")).toBeUndefined();
    expect(fault(rows, {}, "klarna", "K")).toBeUndefined();
  });
});

describe("a list of what may stand on the left", () => {
  const keys = [{ code: "VISA", label: "Visa card" }, { code: "amex", label: "Amex" }];

  test("offers what no row names, and calls rows by their names", () => {
    expect(left(keys, shown(rows, {})).map(({ code }) => code)).toEqual(["amex"]);
    expect(left(keys, shown(rows, after(["visa", null])))).toEqual(keys);
    expect([named(keys)("visa"), named(keys)("PayPal"), named(null)("visa")]).toEqual(["Visa card", "PayPal", "visa"]);
  });
});

describe("pages", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({ name: `SKU-${at}`, value: `A${at}` }));

  test("no more than fifty rows are drawn, and a page that is gone is the last one", () => {
    const first = paged(many, 0);
    expect([first.rows.length, first.before, first.after]).toEqual([PAGE, false, true]);
    const last = paged(many, 999);
    expect([last.at, last.rows.at(-1)?.name, last.after]).toEqual([199, "SKU-9999", false]);
    expect(paged([], 3)).toEqual({ rows: [], at: 0, before: false, after: false });
  });

  test("rows are found by either side", () => {
    const all = shown(rows, {});
    expect(matching(all, " pay").map(({ name }) => name)).toEqual(["PayPal"]);
    expect(matching(all, "card").map(({ name }) => name)).toEqual(["visa"]);
    expect(matching(all, "")).toBe(all);
    expect(matching(shown(many, {}), "sku-9999")).toHaveLength(1);
  });
});

describe("a table of one's own", () => {
  test("is named as it is stored, or not at all", () => {
    expect(own(" Sales zones ")).toBe("free:sales_zones");
    expect([own("9to5"), own("zürich"), own(""), own("a".repeat(41))]).toEqual([undefined, undefined, undefined, undefined]);
    expect([known("free:zones", ["payments"]), known("payments", ["payments"])]).toEqual([true, true]);
    expect([known("free:Zones", []), known("paymints", ["payments"]), known("free:", [])]).toEqual([false, false, false]);
  });
});

describe("a file that is looked at twice", () => {
  const check = {
    token: "1.a", rows: 1, faults: [], added: 1, changed: 0, removed: 0,
    changes: [{ key: "a", was: null, now: "b" }], intoDraft: false, codesKnown: true, userErrors: [],
  };

  test("says the same where only what it would go into is another", () => {
    expect(alike(check, { ...check, token: "r.b", intoDraft: true })).toBe(true);
    expect(alike(check, { ...check, added: 2 })).toBe(false);
    expect(alike(check, { ...check, changes: [{ key: "a", was: "c", now: "b" }] })).toBe(false);
  });
});
