// What waits for a value, and what becomes of it once it is mapped.
import { describe, expect, test } from "vitest";
import { PATIENCE, answers, others, seen, stuck, suggested } from "../src/components/mapping/waiting";

describe("causes and values", () => {
  const problems = [{ code: "mapping.payment_missing" }, { code: "host.refused" }];

  test("a cause whose orders have their answer beside them is not shown twice", () => {
    expect(others(problems, ["mapping.payment_missing"])).toEqual([problems[1]]);
    expect(others(problems, [])).toEqual(problems);
  });

  test("a cause does not come up for a moment when the last of its orders runs", () => {
    expect(answers([], [{ code: "mapping.payment_missing" }])).toEqual(["mapping.payment_missing"]);
    expect(answers([{ code: "a" }], [{ code: "a" }, { code: "b" }])).toEqual(["a", "b"]);
  });
});

describe("a mapped value", () => {
  const mapped = { code: "PP", left: 37, at: 1_000 };

  test("is waited for as long as something moves", () => {
    const fewer = seen(mapped, 36, 15_000);
    expect(fewer).toEqual({ code: "PP", left: 36, at: 15_000 });
    expect(stuck(fewer, 15_000 + PATIENCE)).toBe(false);
    expect(seen(fewer, 36, 30_000)).toBe(fewer);
    expect(seen(fewer, 40, 30_000)).toBe(fewer);
  });

  test("is said to be stuck when nothing moves any more", () => {
    expect(stuck(mapped, 1_000 + PATIENCE)).toBe(false);
    expect(stuck(mapped, 1_001 + PATIENCE)).toBe(true);
  });
});

describe("a suggestion", () => {
  const choices = [{ code: "bank", label: "Bank" }, { code: "J7", label: "PayPal" }, { code: "visa", label: "Card" }, { code: "amex", label: "Card" }];

  test("is the one code that is spelled like the value, whichever way it is written", () => {
    expect(suggested(" paypal ", choices)).toBe("J7");
    expect(suggested("BANK", choices)).toBe("bank");
  });

  test("is none where there are several, or none", () => {
    expect(suggested("card", choices)).toBe("");
    expect(suggested("cash", choices)).toBe("");
    expect(suggested("", [])).toBe("");
  });
});
