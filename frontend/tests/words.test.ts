// How the page puts things into words.
import { describe, expect, test } from "vitest";
import { ApiFailure } from "../src/api/failure";
import { CODES, started, tablesOf } from "../src/components/entered";
import { advised, counted, local, money, sentence, when } from "../src/components/shown";
import { plain, worded } from "../src/components/tree";
import { valuesOf } from "../src/components/try_call";
import { texts } from "../src/texts";

describe("values", () => {
  test("a moment that has not come is said in words", () => {
    expect(when(null)).toBe(texts.general.never);
    expect(when("2026-11-21T10:00:00Z")).toContain("2026");
  });

  test("money keeps its cents and its currency", () => {
    expect(money({ amount: "1234.50", currency: "EUR" })).toMatch(/1.?234[.,]50/);
    expect(money(null)).toBe(texts.general.unknown);
  });

  test("a count that stopped counting says so", () => {
    expect(counted({ count: 5, precision: "EXACT" })).toBe("5");
    expect(counted({ count: 5, precision: "AT_LEAST" })).toBe("5+");
  });

  test("advice reads as a sentence", () => {
    expect(advised("map the item `custom`")).toBe("Map the item “custom”");
    expect(advised(undefined)).toBe("");
  });

  test("an order's address holds its own part of the id", () => {
    expect(local("gid://stockbridge/Order/abc")).toBe("abc");
  });
});

describe("what a call is tried with", () => {
  test("stands one in a line, and half a line is none", () => {
    expect(valuesOf("items = TEA\n\nquery= a=b \n=x\nnothing\nempty=")).toEqual([
      { name: "items", value: "TEA" },
      { name: "query", value: "a=b" },
      { name: "empty", value: "" },
    ]);
    expect(valuesOf("")).toEqual([]);
  });
});

describe("a message of the ERP", () => {
  test("names are read as words", () => {
    expect(worded("due_date")).toBe("due date");
    expect(worded("dueDate")).toBe("due date");
  });

  test("nothing is shown as raw data", () => {
    expect([plain(null), plain(""), plain([]), plain(true), plain(0)]).toEqual(["—", "—", "—", "yes", "0"]);
    expect(plain({ deep: { deeper: 1 } })).toBe("…");
  });
});

describe("failures", () => {
  test("the API's own sentence is shown, ours where it had none", () => {
    expect(sentence(new ApiFailure("The key is wrong.", "form.key"))).toBe("The key is wrong.");
    expect(sentence(new ApiFailure("", "api.unreachable"))).toBe(texts.general.unreachable);
    expect(sentence(new TypeError("undefined is not a function"))).toBe(texts.general.silent);
  });
});

describe("a stored connection", () => {
  const field = { name: "address", label: "Address", secret: false, required: true, help: "", choices: [], default: "x", lines: 1 };
  const host = { key: "demo", label: "Demo", form: [field, { ...field, name: "key", secret: true, default: null, lines: 1 }], powers: [], triesCalls: false };
  const stored = {
    fields: [{ name: "address", value: "http://erp" }],
    tables: [{ name: "payments", rows: [{ name: "*", value: "CASH" }, { name: "paypal", value: "PP" }] }],
  };

  test("its form starts from what is stored, a new one from the defaults", () => {
    expect(started(host, stored, "Demo")).toMatchObject({ address: "http://erp", key: "", "payments:*": "CASH", "taxes:*": "" });
    expect(started(host, undefined, "Demo")).toMatchObject({ address: "x", key: "", "payments:*": "" });
  });

  test("one changed code leaves every other row of the tables as it was", () => {
    const values = { ...started(host, stored, "Demo"), "payments:*": "BANK", "taxes:*": "VAT" };
    expect(tablesOf(values, stored.tables)).toEqual([
      { name: "payments", rows: [{ name: "paypal", value: "PP" }, { name: "*", value: "BANK" }] },
      { name: "taxes", rows: [{ name: "*", value: "VAT" }] },
    ]);
    expect(tablesOf({ ...values, "payments:*": "", "taxes:*": "" }, stored.tables)).toEqual([
      { name: "payments", rows: [{ name: "paypal", value: "PP" }] },
    ]);
  });
});

describe("codes", () => {
  test("a table holds the codes that were entered, and no empty ones", () => {
    expect(tablesOf({ "payments:*": " CASH ", "special:shipping": "SHIP", "special:rounding": "" })).toEqual([
      { name: "payments", rows: [{ name: "*", value: "CASH" }] },
      { name: "special", rows: [{ name: "shipping", value: "SHIP" }] },
    ]);
    expect(tablesOf(Object.fromEntries(CODES.map((code) => [code, ""])))).toEqual([]);
  });
});
