// Both sides added up: to the cent, by currency, and only of days that were compared.
import { describe, expect, test } from "vitest";
import { months } from "../src/components/days";
import { difference, sums } from "../src/components/reports/day_sums";
import type { Day } from "../src/components/reports/day_sums";

const day: Day = {
  day: "2026-11-16",
  currency: "EUR",
  comparedAt: "2026-11-17T00:00:00Z",
  reconciliationId: "gid://stockbridge/Reconciliation/1",
  storeCount: 1,
  storeAmount: "0.10",
  hostCount: 1,
  hostAmount: "0.20",
  agrees: false,
};

describe("sums", () => {
  test("no cent is lost over many days, whichever side has more", () => {
    const days = Array.from({ length: 30 }, () => day);
    const [sum] = sums(days);
    expect(sum).toMatchObject({ currency: "EUR", storeCount: 30, storeAmount: "3.00", hostAmount: "6.00", difference: "-3.00" });
    expect(difference("9007199254740993.01", "0.02")).toBe("9007199254740992.99");
    expect(difference("1.005", "1")).toBe("0.005");
  });

  test("currencies stay apart, and days that nobody compared count nowhere", () => {
    const found = sums([day, { ...day, currency: "USD", storeAmount: "-5.5" }, { ...day, comparedAt: null, storeCount: 9 }, { ...day, currency: null }]);
    expect(found.map(({ currency, storeCount, storeAmount }) => [currency, storeCount, storeAmount])).toEqual([
      ["EUR", 1, "0.10"],
      ["USD", 1, "-5.50"],
    ]);
  });
});

describe("months", () => {
  test("this one ends today, those before on their last day", () => {
    const found = months(3, new Date(2026, 2, 5, 12));
    expect(found).toEqual([
      { since: "2026-03-01", until: "2026-03-05" },
      { since: "2026-02-01", until: "2026-02-28" },
      { since: "2026-01-01", until: "2026-01-31" },
    ]);
  });
});
