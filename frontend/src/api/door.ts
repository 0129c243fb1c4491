// The one door to the API. App Bridge adds the session token to every request and renews it when it has run out.
import type { TypedDocumentString } from "./typed";

const PATIENCE = 60_000;

/** What the page says when the API could not answer; `code` is the API's own where it had one. */
export class ApiFailure extends Error {
  constructor(
    sentence: string,
    readonly code: string,
    readonly status = 0,
  ) {
    super(sentence);
  }
}

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables?: Variables,
): Promise<Result> {
  const answer = await sent(JSON.stringify({ query: document.toString(), variables }));
  const body = await read<Result>(answer);
  const error = body.errors?.[0];
  if (error) throw new ApiFailure(error.message, error.extensions?.code ?? "api.failed", answer.status);
  if (!body.data) throw new ApiFailure("", "api.silent", answer.status);
  return body.data;
}

async function sent(body: string): Promise<Response> {
  try {
    return await fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body,
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new ApiFailure("", "api.unreachable");
  }
}

async function read<Result>(answer: Response): Promise<Answer<Result>> {
  try {
    return (await answer.json()) as Answer<Result>;
  } catch {
    throw new ApiFailure("", "api.silent", answer.status);
  }
}
