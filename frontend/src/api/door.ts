// The one door to the API. App Bridge adds the session token to every request and renews it when it has run out; the page's first
// questions carry the one that the admin put into its address, and do not wait for App Bridge to ask the admin again.
import { brought, outdated } from "./brought";
import { asked } from "./early";
import { ApiFailure } from "./failure";
import { Keys } from "./keys";
import type { TypedDocumentString } from "./typed";

const PATIENCE = 60_000;

const keys = new Keys();

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** A change is sent under a key, so that asking again after a lost answer does nothing twice. Raises ApiFailure. */
export async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables?: Variables,
): Promise<Result> {
  const query = document.toString();
  const body = JSON.stringify({ query, variables });
  if (!query.startsWith("mutation")) return (brought(query, variables ?? {}) as Result) ?? said(await asked((more) => sent(body, more)));
  outdated();
  return keys.under(body, async (key) => said(await sent(body, { "Idempotency-Key": key })));
}

async function said<Result>(answer: Response): Promise<Result> {
  const body = await read<Result>(answer);
  const error = body.errors?.[0];
  if (error) throw new ApiFailure(error.message, error.extensions?.code ?? "api.failed", answer.status);
  if (!body.data) throw new ApiFailure("", "api.silent", answer.status);
  return body.data;
}

async function sent(body: string, more: Record<string, string>): Promise<Response> {
  try {
    return await fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...more },
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
