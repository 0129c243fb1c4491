// A subscription over one long answer: the same door, the same token; it ends when told to, or goes on by its cursor.
import { asked } from "./early";
import { ApiFailure } from "./failure";
import type { TypedDocumentString } from "./typed";

/** Yields what the API tells until it says that it is complete. Raises ApiFailure when the line is refused. */
export async function* told<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const wanted = JSON.stringify({ query: document.toString(), variables });
  const ask = (more: Record<string, string>) =>
    fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream", ...more },
      body: wanted,
      signal,
    });
  const answer = await asked(ask);
  if (!answer.ok || !answer.body) throw new ApiFailure("", "api.refused", answer.status);
  for await (const { event, data } of events(answer.body)) {
    if (event === "complete") return;
    const body = JSON.parse(data) as { data?: Result; errors?: Told[] };
    const [error] = body.errors ?? [];
    if (!body.data) throw new ApiFailure(error?.message ?? "", error?.extensions?.code ?? "api.failed");
    yield body.data;
  }
}

interface Told {
  message: string;
  extensions?: { code?: string };
}

interface Sent {
  event: string;
  data: string;
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<Sent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + decoder.decode(value, { stream: true })).replaceAll("\r\n", "\n").split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const found = event(part);
        if (found) yield found;
      }
    }
  } finally {
    reader.releaseLock();
  }
}

/** Lines that begin with a colon only keep the line open. */
export function event(part: string): Sent | undefined {
  const lines = part.split("\n");
  const of = (name: string) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
  const [kind = "next"] = of("event");
  const data = of("data").join("\n");
  return kind === "complete" || data ? { event: kind, data } : undefined;
}
