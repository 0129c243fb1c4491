// The page's first questions carry the token of its own address, and App Bridge's once that is not taken.
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask } from "../src/api/door";
import { TypedDocumentString } from "../src/api/documents/carrier";
import { early } from "../src/api/early";

const QUESTION = new TypedDocumentString<{ done: boolean }, object>("query Done { done }");
const CHANGE = new TypedDocumentString<{ done: boolean }, object>("mutation Do { done }");

describe("the token of the address", () => {
  it("is carried by what is asked while the page starts", () => {
    expect(early("?shop=a.example&id_token=a.b.c", 900)).toEqual({ Authorization: "Bearer a.b.c" });
  });

  it("is carried no longer once it may have run out, and nowhere without one", () => {
    expect(early("?id_token=a.b.c", 10_000)).toEqual({});
    expect(early("?shop=a.example", 0)).toEqual({});
  });
});

describe("the door", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** With which tokens it was asked; each answer is a status. */
  function line(...statuses: number[]) {
    const tokens: (string | null)[] = [];
    vi.stubGlobal("location", { search: "?id_token=a.b.c" });
    vi.stubGlobal("performance", { now: () => 500 });
    vi.stubGlobal("fetch", async (_: string, { headers }: { headers: HeadersInit }) => {
      tokens.push(new Headers(headers).get("Authorization"));
      const status = statuses.shift() ?? 500;
      return Response.json(status === 200 ? { data: { done: true } } : { errors: [{ message: "Not you." }] }, { status });
    });
    return tokens;
  }

  it("asks again without it where it is refused, and once only", async () => {
    const tokens = line(401, 200, 401, 401);
    expect(await ask(QUESTION, {})).toEqual({ done: true });
    await expect(ask(QUESTION, {})).rejects.toMatchObject({ status: 401 });
    expect(tokens).toEqual(["Bearer a.b.c", null, "Bearer a.b.c", null]);
  });

  it("leaves changes to App Bridge", async () => {
    const tokens = line(200);
    await ask(CHANGE, {});
    expect(tokens).toEqual([null]);
  });
});
