// How a long answer of the API is read.
import { expect, test, vi } from "vitest";
import { event, told } from "../src/api/live";
import type { TypedDocumentString } from "../src/api/typed";

const document = "subscription" as unknown as TypedDocumentString<{ n: number }, object>;

function answered(...parts: string[]): void {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  vi.stubGlobal("location", { search: "" });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body)));
}

async function heard(): Promise<number[]> {
  const found: number[] = [];
  for await (const { n } of told(document, {}, new AbortController().signal)) found.push(n);
  return found;
}

test("events that arrive in pieces are put together, and what keeps the line open is no event", async () => {
  answered(':\n\nevent: next\ndata: {"data":', '{"n":1}}\n', '\nevent: next\r\ndata: {"data":{"n":2}}\r\n\r\n');
  expect(await heard()).toEqual([1, 2]);
});

test("nothing is heard after the end", async () => {
  answered('event: next\ndata: {"data":{"n":1}}\n\nevent: complete\ndata:\n\nevent: next\ndata: {"data":{"n":2}}\n\n');
  expect(await heard()).toEqual([1]);
});

test("an error is raised, not swallowed", async () => {
  answered('event: next\ndata: {"errors":[{"message":"The run is unknown."}]}\n\n');
  await expect(heard()).rejects.toThrow("The run is unknown.");
});

test("a stream that begins with the page carries the token of its address, and another where that one is refused", async () => {
  answered('event: next\ndata: {"data":{"n":1}}\n\n');
  const open = fetch;
  const tokens: (string | null)[] = [];
  vi.stubGlobal("location", { search: "?id_token=a.b.c" });
  vi.stubGlobal("performance", { now: () => 500 });
  vi.stubGlobal("fetch", (_: string, { headers }: { headers: HeadersInit }) => {
    tokens.push(new Headers(headers).get("Authorization"));
    return tokens.length === 1 ? Promise.resolve(new Response("", { status: 401 })) : open("");
  });
  expect(await heard()).toEqual([1]);
  expect(tokens).toEqual(["Bearer a.b.c", null]);
});

test("a comment is no event", () => {
  expect(event(": still there")).toBeUndefined();
  expect(event("event: complete")).toEqual({ event: "complete", data: "" });
});
