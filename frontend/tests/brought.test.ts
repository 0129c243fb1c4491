// What came with the document is taken once, for the very question, while the page starts.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TypedDocumentString } from "../src/api/documents/carrier";

const ORDER = new TypedDocumentString<{ name: string }, { id: string; after: string | null }>("query Order($id: ID!) { name }");
const CHANGE = new TypedDocumentString<{ name: string }, object>("mutation Order { name }");
const TOLD = [
  { name: "Order", variables: { after: null, id: "1" }, data: { name: "#1001" } },
  { name: "Order", variables: { after: null, id: "2" }, data: { name: "#1002" } },
];

describe("what the document brought", () => {
  let sent: string[];
  let age: number;
  let text: string;

  beforeEach(() => {
    vi.resetModules();
    sent = [];
    age = 500;
    text = JSON.stringify(TOLD);
    vi.stubGlobal("location", { search: "" });
    vi.stubGlobal("performance", { now: () => age });
    vi.stubGlobal("document", { getElementById: (id: string) => (id === "first" ? { textContent: text } : null) });
    vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
      sent.push(body);
      return Response.json({ data: { name: "asked for" } });
    });
  });

  afterEach(() => vi.unstubAllGlobals());

  const door = () => import("../src/api/door");

  it("answers the question with these variables, whatever their order, and no other one", async () => {
    const { ask } = await door();
    expect(await ask(ORDER, { id: "2", after: null })).toEqual({ name: "#1002" });
    expect(await ask(ORDER, { id: "3", after: null })).toEqual({ name: "asked for" });
    expect(sent).toHaveLength(1);
  });

  it("answers once: what is asked again is as it is then", async () => {
    const { ask } = await door();
    expect(await ask(ORDER, { id: "1", after: null })).toEqual({ name: "#1001" });
    expect(await ask(ORDER, { id: "1", after: null })).toEqual({ name: "asked for" });
  });

  it("answers nothing after a change, which may have changed it", async () => {
    const { ask } = await door();
    await ask(CHANGE, {});
    expect(await ask(ORDER, { id: "1", after: null })).toEqual({ name: "asked for" });
  });

  it("is nothing where the document was cut short, or brought none", async () => {
    for (const broken of ['[{"name": "Ord', ""]) {
      vi.resetModules();
      text = broken;
      const { ask } = await door();
      expect(await ask(ORDER, { id: "1", after: null })).toEqual({ name: "asked for" });
    }
  });

  it("answers nothing once the start is over, and never a change", async () => {
    const { ask } = await door();
    expect(await ask(CHANGE, { id: "1", after: null })).toEqual({ name: "asked for" });
    age = 10_000;
    expect(await ask(ORDER, { id: "1", after: null })).toEqual({ name: "asked for" });
  });
});
