// What a person wishes of flows, and what is sent for it: what was changed, and nothing else.
import { describe, expect, test } from "vitest";
import { OWN, USUAL, changesOf, wishesOf } from "../src/components/settings/flow_wishes";
import { entered, ruled, wished } from "../src/components/alerts/rules";
import type { AlertPartsFragment, FlowTableQuery } from "../src/api/typed";

type Row = FlowTableQuery["flowTable"][number];

const row: Row = {
  flow: "ORDERS",
  owner: "STORE",
  direction: "STORE_TO_HOST",
  on: true,
  cadence: "@every 900",
  cadenceChosen: false,
  zone: null,
  nextAt: "2026-11-21T10:00:00Z",
  running: false,
  lastSuccessAt: null,
  lagSeconds: 0,
  stoppedAt: null,
};

describe("flows", () => {
  test("a cadence that nobody chose is as usual, a chosen one its preset or one's own", () => {
    const rows: Row[] = [row, { ...row, flow: "PRICES", cadence: "hourly", cadenceChosen: true }, { ...row, flow: "INVENTORY", cadence: "0 6 * * *", cadenceChosen: true }];
    const { ORDERS, PRICES, INVENTORY } = wishesOf(rows);
    expect([ORDERS?.cadence, PRICES?.cadence, INVENTORY?.cadence, INVENTORY?.own]).toEqual([USUAL, "hourly", OWN, "0 6 * * *"]);
  });

  test("nothing is sent of what was not changed, and one flow's change is not the other's", () => {
    const was = wishesOf([row, { ...row, flow: "REFUNDS" }]);
    expect(changesOf(was, was)).toEqual([]);
    const now = { ...was, ORDERS: { owner: "STORE" as const, on: true, cadence: OWN, own: " 30 6 * * * " } };
    expect(changesOf(was, now)).toEqual([{ flow: "ORDERS", input: { cadence: "30 6 * * *" } }]);
    expect(changesOf(now, was)).toEqual([{ flow: "ORDERS", input: { cadence: USUAL } }]);
  });
});

const settings: AlertPartsFragment = {
  zone: "Europe/Berlin",
  quiet: null,
  rules: [
    { kind: "CRITICAL", on: true, cooldownMinutes: 30, throughQuiet: true },
    { kind: "HELD", on: true, cooldownMinutes: 60, throughQuiet: false },
  ],
  remindHours: 24,
  downMinutes: 10,
  failingMinutes: 30,
  heldHours: 4,
  expiryDays: 7,
  secretDays: 180,
  sensitivity: "NORMAL",
  senderName: "Stockbridge",
  senderAddress: null,
  mailReady: true,
  recipients: [],
  templates: [],
  placeholders: [],
};

describe("alerts", () => {
  test("what was not changed is sent as it is, and quiet hours only where they are wished", () => {
    const form = entered(settings);
    expect(wished(form)).toMatchObject({ quiet: null, zone: "Europe/Berlin", heldHours: 4, senderAddress: null });
    expect(wished({ ...form, quiet: true }).quiet).toEqual({ begin: "22:00", end: "07:00", weekends: false });
  });

  test("a kind's rule is changed alone, and what is no number is not taken for one", () => {
    const form = ruled(entered(settings), "HELD", { cooldown: "soon" });
    expect(wished(form).rules).toEqual([
      { kind: "CRITICAL", on: true, cooldownMinutes: 30, throughQuiet: true },
      { kind: "HELD", on: true, cooldownMinutes: -1, throughQuiet: false },
    ]);
    expect(wished(ruled(form, "HELD", { cooldown: "1,5" })).rules?.[1]?.cooldownMinutes).toBe(1.5);
  });
});
