// What the list of records is asked for, by what the address and the search field say.
import { describe, expect, test } from "vitest";
import { changed, filterOf, isName, kindsOf, mayWait, named } from "../src/components/records/filtering";

const NOW = new Date("2026-11-21T12:00:00Z");

describe("which records are shown", () => {
  test("orders are browsed, and everything is searched unless a kind was chosen", () => {
    expect(kindsOf({}, "")).toEqual(["ORDER"]);
    expect(kindsOf({}, "#1001")).toBeNull();
    expect(kindsOf({ code: "item.unknown" }, "")).toBeNull();
    expect(kindsOf({ kind: "REFUND" }, "#1001")).toEqual(["REFUND"]);
    expect(kindsOf({ kind: "ALL" }, "")).toBeNull();
  });

  test("an address that says nothing that is known asks for nothing strange", () => {
    const filter = filterOf({ state: "Held", days: "31", connection: "7" }, "", NOW);
    expect(filter).toEqual({
      words: null,
      kinds: ["ORDER"],
      states: null,
      code: null,
      connection: "gid://stockbridge/Connection/7",
      shop: null,
      since: null,
    });
    expect(filterOf({ state: "HELD", days: "7" }, "x", NOW)).toMatchObject({
      words: "x",
      kinds: null,
      states: ["HELD"],
      since: "2026-11-14T12:00:00.000Z",
    });
  });

  test("what the admin says in the address is no filter", () => {
    expect(named({ shop: "a.myshopify.com", id_token: "x", state: "HELD", code: "" })).toEqual({ state: "HELD" });
  });

  test("another shop takes the connection of the one before with it, and another connection leaves the shop", () => {
    expect(changed({ of: "1", connection: "7", state: "HELD" }, "of", "2")).toEqual({ of: "2", state: "HELD" });
    expect(changed({ of: "1", connection: "7" }, "of", undefined)).toEqual({});
    expect(changed({ of: "1", connection: "7" }, "connection", "8")).toEqual({ of: "1", connection: "8" });
    expect(filterOf(named({ of: "2", shop: "a.myshopify.com" }), "", NOW)).toMatchObject({
      connection: null,
      shop: "gid://stockbridge/Shop/2",
    });
  });

  test("nothing is offered to be done at once to what does not wait", () => {
    expect(mayWait({}, "")).toBe(false);
    expect(mayWait({ state: "SETTLED" }, "#1")).toBe(false);
    expect(mayWait({ state: "HELD" }, "")).toBe(true);
    expect(mayWait({}, "#1")).toBe(true);
  });

  test("an e-mail is no name to look up in the shop", () => {
    expect([isName("#1001"), isName("1001"), isName("B2B-77")]).toEqual([true, true, true]);
    expect([isName("ada@example.com"), isName("'; DROP"), isName("")]).toEqual([false, false, false]);
  });
});
