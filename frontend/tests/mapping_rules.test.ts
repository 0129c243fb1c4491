// Rules between their stored form, the form they are written in, and words; and what two people changed, put together.
import { describe, expect, test } from "vitest";
import { changed, faults, goneOn, merged, movedIn, openedIn, putIn, same, shut, takenFrom } from "../src/components/mapping/rule_book";
import { TEXT, becoming, begun, freePart, freeStep, opened, openedGate, roomySteps, written, writtenGate } from "../src/components/mapping/rule_editing";
import { KINDS } from "../src/components/mapping/rule_form";
import type { FieldRule, Rules, Step } from "../src/components/mapping/rule_form";
import { placed } from "../src/components/mapping/rule_places";
import { fitting, grouped, sought, usable } from "../src/components/mapping/rule_sources";
import type { Of, Source } from "../src/components/mapping/rule_sources";
import { listed, told } from "../src/components/mapping/rule_values";
import { conditionInWords, inWords } from "../src/components/mapping/rule_words";

const STEPS: Step[] = [
  { do: "join", separator: " ", parts: [{ field: "order.name" }, { text: "x" }] },
  { do: "split", separator: "#", place: -1 },
  { do: "look_up", table: "departments", required: false },
  { do: "default", text: "WEB" },
  { do: "change", how: "upcase" },
  { do: "cut", most: 12 },
  { do: "replace", old: "a", new: "" },
  { do: "date", form: "%d.%m.%Y", zone: "Europe/Berlin" },
  { do: "round", places: 0 },
  { do: "calculate", how: "times", amount: "1.190" },
  { do: "currency", to: "EUR" },
];
const WHEN = { tests: [{ field: "order.tags", operator: "is", values: ["b2b", "a;b"] }, { field: "order.total", operator: "above", values: ["10"] }] };
const RULE: FieldRule = { id: "r1", target: "memo", start: { field: "order.name" }, steps: STEPS, when: WHEN };
const rule = (id: string, text: string): FieldRule => ({ id, target: "memo", start: { text } });

/** Numbers that look drawn and are the same in every run. */
function drawn(seed: number) {
  let state = seed;
  return (most: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * most);
  };
}

describe("a stored rule", () => {
  test("is the same after it was opened and nothing was changed, whatever steps it has", () => {
    expect(written(opened(RULE))).toEqual({ rule: RULE, wrong: [] });
    expect(STEPS.map((step) => step.do).sort()).toEqual([...KINDS].sort());
    const next = drawn(7);
    for (let round = 0; round < 200; round += 1) {
      const steps = Array.from({ length: 1 + next(6) }, () => STEPS[next(STEPS.length)]!);
      const made: FieldRule = { ...RULE, start: next(2) ? { text: "a b " } : { field: "order.note" }, steps, when: { ...WHEN, ...(next(2) ? { needs: "any" } : {}) } };
      expect(written(opened(made))).toEqual({ rule: made, wrong: [] });
    }
  });

  test("keeps a step of a kind that this page does not know, and Liquid", () => {
    const strange = { ...RULE, steps: [{ do: "whistle", tune: "C" }] };
    expect(written(opened(strange))).toEqual({ rule: strange, wrong: [] });
    const liquid = { id: "r", target: "memo", liquid: "{{ order.name }}" };
    expect(written(opened(liquid))).toEqual({ rule: liquid, wrong: [] });
  });

  test("with what is left out says the same as with its default", () => {
    const short = { fields: [{ id: "r", target: "memo", steps: [{ do: "round" }] }] };
    const long = { fields: [{ target: "memo", start: { text: "" }, id: "r", steps: [{ places: 2, do: "round" }], when: {}, liquid: null }], gates: [] };
    expect(same(short, long)).toBe(true);
    expect(same(short, { fields: [{ ...short.fields[0]!, steps: [{ do: "round", places: 3 }] }] })).toBe(false);
  });

  test("a gate keeps what it holds besides", () => {
    const gate = { id: "g", do: "hold", sentence: "Look.", when: WHEN, credit: { most: "5" } };
    expect(writtenGate(openedGate(gate))).toEqual({ gate, wrong: [] });
  });
});

describe("a rule being written", () => {
  const steps = (kind: string, said: Record<string, string>) => {
    const step = becoming(freeStep(), kind);
    return written({ ...begun("memo", "order.name"), steps: [{ ...step, said: { ...step.said, ...said } }] });
  };

  test("says at each field what is missing", () => {
    expect(written(begun("memo")).wrong.map(({ path }) => path)).toEqual(["start"]);
    const paths = Object.fromEntries(KINDS.map((kind) => [kind, steps(kind, {}).wrong.map(({ path }) => path)]));
    expect(paths).toEqual({
      join: ["steps.0.parts.0"],
      split: [],
      look_up: ["steps.0.table"],
      default: ["steps.0.text"],
      change: [],
      cut: [],
      replace: ["steps.0.old"],
      date: [],
      round: [],
      calculate: ["steps.0.amount"],
      currency: ["steps.0.to"],
    });
  });

  test("a number half written is never stored as something else than a number", () => {
    for (const place of ["", "1x", "1.5", "99999"]) {
      const { rule: made, wrong } = steps("split", { place });
      expect([made.steps?.[0]?.["place"], wrong.length]).toEqual([1, 1]);
    }
    expect(steps("split", { place: "0" }).wrong).toHaveLength(1);
    expect(steps("split", { place: " -2 " }).rule.steps).toEqual([{ do: "split", separator: "", place: -2 }]);
    for (const amount of ["1,19", "1e3", "abc"]) expect(steps("calculate", { amount }).wrong).toHaveLength(1);
  });

  test("always has one free row behind its steps, and a row made free is gone", () => {
    const two = roomySteps([becoming(freeStep(), "round"), becoming(freeStep(), "cut")]);
    expect(two.map((step) => step.do)).toEqual(["round", "cut", ""]);
    const free = two[2]!;
    expect(roomySteps([becoming(two[0]!, ""), ...two.slice(1)]).map((step) => step.do)).toEqual(["cut", ""]);
    expect(roomySteps([two[0]!, becoming(free, "cut")])[1]!.key).toBe(free.key);
    expect(roomySteps(Array.from({ length: 20 }, () => becoming(freeStep(), "round")))).toHaveLength(20);
  });

  test("a test that compares with nothing is not finished, but for those that need nothing", () => {
    const with_ = (operator: string) => written({ ...begun("memo", "order.name"), tests: [{ key: "k", field: "order.note", operator, values: " " }] });
    expect(with_("is").wrong).toMatchObject([{ path: "when.tests.0.values" }]);
    expect(with_("filled")).toMatchObject({ wrong: [], rule: { when: { tests: [{ field: "order.note", operator: "filled" }] } } });
  });
});

describe("several values in one line", () => {
  test("are parted by semicolons, and whatever they hold comes back", () => {
    expect(listed(" b2b ; wholesale;; ")).toEqual(["b2b", "wholesale"]);
    expect(listed('"a;b"; c"d; "e""f"')).toEqual(["a;b", 'c"d', 'e"f']);
    expect(listed('"never closed; x')).toEqual(['"never closed', "x"]);
    const next = drawn(3);
    const signs = ["a", ";", '"', " ", "b", ","];
    for (let round = 0; round < 500; round += 1) {
      const values = Array.from({ length: 1 + next(4) }, () => Array.from({ length: 1 + next(5) }, () => signs[next(signs.length)]).join(""));
      expect(listed(told(values))).toEqual(values);
    }
  });
});

describe("in words", () => {
  const labels = new Map([["order.name", "Order name"], ["order.tags", "Tags"], ["order.total", "Total"]]);

  test("a rule reads as a sentence", () => {
    const split = { id: "r", target: "memo", start: { field: "order.name" }, steps: [{ do: "split", separator: "#", place: 2 }] };
    expect(inWords(split, labels)).toBe("Order name, part 2 parted at “#”");
    expect(inWords(RULE, labels)).not.toMatch(/undefined|\[object|NaN|[{}]/);
    expect(inWords({ ...split, start: { text: "Web" }, steps: [] }, labels)).toBe("“Web”");
  });

  test("a condition names its field, its comparison and its values", () => {
    expect(conditionInWords(WHEN, labels)).toBe("Tags is “b2b” or “a;b” and Total is more than “10”");
    expect(conditionInWords({ ...WHEN, needs: "any" }, labels)).toContain(" or Total");
    expect(conditionInWords({}, labels)).toBe("");
    expect(conditionInWords(WHEN, labels, new Map([["order.tags", "LIST"]]))).toMatch(/^Tags has “b2b”/);
  });
});

describe("the fields of an order", () => {
  const source = (path: string, label: string, kind: Source["kind"] = "TEXT"): Source => ({ path, label, kind, perLine: path.startsWith("line."), perPayment: path.startsWith("payment."), gatesOnly: path.startsWith("credit.") });
  const sources = [source("order.name", "Order name"), source("order.total", "Total", "NUMBER"), source("order.ship_to.city", "Shipping address: city"), source("line.sku", "SKU")];

  test("stand in groups and are found by label and value", () => {
    expect(grouped(sources).map(({ name }) => name)).toEqual(["Order", "Money", "Shipping address", "Line"]);
    expect(sought(sources, "berl ship", new Map([["order.ship_to.city", "Berlin"]])).map(({ path }) => path)).toEqual(["order.ship_to.city"]);
  });

  test("are used by rules about the order, its lines and its payments, and those of the ERP by gates alone", () => {
    const all = [...sources, source("payment.method", "Way of paying"), source("credit.left", "Credit left", "NUMBER")];
    const found = (of: Of, gate = false) => usable(all, of, gate).map(({ path }) => path).filter((path) => !path.startsWith("order."));
    expect(found("ORDER")).toEqual([]);
    expect(found("LINE")).toEqual(["line.sku"]);
    expect(found("PAYMENT")).toEqual(["payment.method"]);
    expect(found("ORDER", true)).toEqual(["credit.left"]);
  });

  test("are asked about as fits what they hold, by the clock in gates alone", () => {
    const all = [{ kind: "DATE" as const, comparisons: ["before", "within_days"] }];
    expect(fitting("DATE", all, false)).toEqual(["before"]);
    expect(fitting("DATE", all, true)).toEqual(["before", "within_days"]);
    expect(fitting("FLAG", all, true)).toEqual([]);
  });
});

describe("mistakes", () => {
  test("stand at their field, those of no field with the rule", () => {
    const { at, whole } = placed([{ path: "start", message: "own" }], [
      { path: ["steps", "1", "table"], message: "no table" },
      { path: ["steps"], message: "too many" },
      { path: [], message: "a date" },
      { path: ["steps", "0", "parts", "2"], message: "no field" },
    ]);
    expect([at("start"), at("steps.1.table"), at("steps.0.parts.2")]).toEqual(["own", "no table", "no field"]);
    expect(whole).toEqual(["too many", "a date"]);
  });
});

describe("the rules of a mapping", () => {
  const base = { revision: "1", rules: { fields: [rule("a", "1"), { ...rule("x", "1"), target: "note" }, rule("b", "1")] } };

  test("are changed by what is put, moved and taken away, and by nothing else", () => {
    const book = shut(base);
    expect(changed(openedIn(book, "a"))).toBe(false);
    expect(changed(putIn(book, opened(rule("a", "1"))))).toBe(false);
    expect(changed(putIn(book, opened(rule("a", "2"))))).toBe(true);
    expect(movedIn(book, "b", -1).rules.fields?.map(({ id }) => id)).toEqual(["b", "x", "a"]);
    expect(movedIn(book, "a", -1).rules.fields?.map(({ id }) => id)).toEqual(["a", "x", "b"]);
    expect(takenFrom(book, "a").rules.fields?.map(({ id }) => id)).toEqual(["x", "b"]);
  });

  test("what is half written counts as changed, is not lost when it is closed, and says so", () => {
    const half = { ...opened(rule("a", "1")), start: { ...freePart(), from: "" } };
    const closed = openedIn(putIn(shut(base), half), null);
    expect([changed(closed), [...faults(closed).keys()]]).toEqual([true, ["a"]]);
    expect(openedIn(closed, "a").edited["a"]).toBe(half);
    expect(openedIn(closed, "a").edited["a"]?.start.from).not.toBe(TEXT);
  });

  test("go on with what somebody else stored, and what is open stays open", () => {
    const book = putIn(shut(base), opened(rule("a", "2")));
    const on = goneOn(book, { revision: "2", rules: book.rules }, book.rules);
    expect([on.open, on.edited["a"], changed(on)]).toEqual(["a", book.edited["a"], false]);
    const other = { revision: "3", rules: { fields: [rule("a", "9")] } };
    expect(goneOn(on, other, other.rules).edited["a"]?.start.text).toBe("9");
  });
});

describe("two people at once", () => {
  const of = (...fields: FieldRule[]): Rules => ({ fields, gates: [] });

  test("keep what each of them changed", () => {
    const base = of(rule("a", "1"), rule("b", "1"), rule("c", "1"));
    const mine = of(rule("a", "mine"), rule("c", "1"), rule("new", "mine"));
    const theirs = of(rule("a", "1"), rule("b", "1"), rule("c", "theirs"), rule("other", "theirs"));
    const { rules, both } = merged(base, mine, theirs);
    expect(rules.fields).toEqual([rule("a", "mine"), rule("c", "theirs"), rule("other", "theirs"), rule("new", "mine")]);
    expect(both).toEqual([]);
  });

  test("are told what both changed, and mine is kept", () => {
    const { rules, both } = merged(of(rule("a", "1"), rule("b", "1")), of(rule("a", "mine")), of(rule("a", "theirs"), rule("b", "theirs")));
    expect([rules.fields, both]).toEqual([[rule("a", "mine")], ["a", "b"]]);
  });

  test("an order that I changed is mine among theirs", () => {
    const [a, b] = [rule("a", "1"), rule("b", "1")];
    expect(merged(of(a, b), of(b, a), of(a, rule("n", "1"), b)).rules.fields?.map(({ id }) => id)).toEqual(["b", "n", "a"]);
  });

  test("who changed nothing gets theirs, and who was alone keeps all of theirs", () => {
    const next = drawn(11);
    const some = () => of(...["a", "b", "c", "d"].filter(() => next(3)).map((id) => rule(id, String(next(3)))));
    for (let round = 0; round < 200; round += 1) {
      const [base, other] = [some(), some()];
      expect(merged(base, base, other).rules).toEqual(other);
      const ids = (rules: Rules) => (rules.fields ?? []).map((each) => JSON.stringify(each)).sort();
      expect(ids(merged(base, other, base).rules)).toEqual(ids(other));
    }
  });
});
