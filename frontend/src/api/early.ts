// The token that the admin opened the page with: good for the first questions, before App Bridge was asked for one of its own.
const NAME = "id_token";
/** A session token lives for a minute ("About session tokens" of Shopify's documentation); what begins later than this is none of the start. */
export const START = 10_000;

/** A question as it is sent: first with that token while it is good, and without where that was refused; App Bridge adds a fresh one. */
export async function asked(send: (more: Record<string, string>) => Promise<Response>): Promise<Response> {
  const first = early(location.search, performance.now());
  const answer = await send(first);
  return answer.status === 401 && first.Authorization !== undefined ? send({}) : answer;
}

/** The header of a question. `search`: the page's address asks so; `age`: milliseconds since the page was asked for. */
export function early(search: string, age: number): Record<string, string> {
  const token = age < START ? new URLSearchParams(search).get(NAME) : null;
  return token ? { Authorization: `Bearer ${token}` } : {};
}
