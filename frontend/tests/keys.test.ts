// A press has a key: another one each time, and the same where nobody knows whether it was done.
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask } from "../src/api/door";
import { ApiFailure } from "../src/api/failure";
import { Keys } from "../src/api/keys";
import { TypedDocumentString } from "../src/api/documents/carrier";

const LOST = new ApiFailure("", "api.unreachable");

/** Presses, and the key it was sent under; `failure` is what became of it. */
async function pressed(keys: Keys, press: string, failure?: Error): Promise<string> {
  let under = "";
  const sent = keys.under(press, async (key) => {
    under = key;
    if (failure) throw failure;
  });
  await sent.catch((error: unknown) => expect(error).toBe(failure));
  return under;
}

describe("the key of a press", () => {
  it("is another one for each", async () => {
    const keys = new Keys();
    const found = [await pressed(keys, "retry"), await pressed(keys, "retry"), await pressed(keys, "skip")];
    expect(new Set(found).size).toBe(3);
    for (const key of found) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(["api.unreachable", "api.silent", "api.unavailable", "api.key_in_use"])("is the same again after %s", async (code) => {
    const keys = new Keys();
    const first = await pressed(keys, "retry", new ApiFailure("", code));
    expect(await pressed(keys, "skip")).not.toBe(first);
    expect(await pressed(keys, "retry", LOST)).toBe(first);
    expect(await pressed(keys, "retry")).toBe(first);
    expect(await pressed(keys, "retry")).not.toBe(first);
  });

  it("is another one once it was refused", async () => {
    const keys = new Keys();
    const first = await pressed(keys, "retry", new ApiFailure("Your role may not do that.", "api.role_missing", 200));
    expect(await pressed(keys, "retry")).not.toBe(first);
  });

  it("is another one after a while: it is meant anew", async () => {
    let now = 0;
    const keys = new Keys(() => now);
    const first = await pressed(keys, "retry", LOST);
    now = 299_999;
    expect(await pressed(keys, "retry", LOST)).toBe(first);
    now += 300_000;
    expect(await pressed(keys, "retry")).not.toBe(first);
  });
});

describe("the door", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** The line: what was sent under which key; the answers are given one after the other, none where it breaks. */
  function line(...answers: (object | undefined)[]) {
    vi.stubGlobal("location", { search: "" });
    const keys: (string | null)[] = [];
    vi.stubGlobal("fetch", async (_: string, { headers }: { headers: HeadersInit }) => {
      keys.push(new Headers(headers).get("Idempotency-Key"));
      const answer = answers.shift();
      if (!answer) throw new TypeError("the line broke");
      return Response.json(answer);
    });
    return keys;
  }

  it("sends a change again under its key when the answer was lost, and a question under none", async () => {
    const change = new TypedDocumentString<{ done: boolean }, { id: string }>("mutation Do($id: ID!) { done(id: $id) }");
    const question = new TypedDocumentString<{ done: boolean }, { id: string }>("query Done($id: ID!) { done(id: $id) }");
    const data = { data: { done: true } };
    const keys = line(undefined, data, data, data);
    await expect(ask(change, { id: "1" })).rejects.toMatchObject({ code: "api.unreachable" });
    for (const document of [change, change, question]) expect(await ask(document, { id: "1" })).toEqual({ done: true });
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(keys[3]).toBeNull();
  });
});
