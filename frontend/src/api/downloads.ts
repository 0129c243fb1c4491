// Reports as files: asked for with the session like everything else, and saved under the name that the server gives them.
import { ApiFailure } from "./failure";

interface Refusal {
  errors?: { message: string; extensions?: { code?: string } }[];
}

const PATIENCE = 120_000;

/** Raises ApiFailure, with the server's sentence where it said one. */
export async function download(report: string, asked: Record<string, string>): Promise<void> {
  const answer = await fetched(`/downloads/${report}.csv?${new URLSearchParams(asked)}`);
  if (!answer.ok) throw await refusal(answer);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? `${report}.csv`;
  save(name, await answer.blob());
}

async function fetched(address: string): Promise<Response> {
  try {
    return await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new ApiFailure("", "api.unreachable");
  }
}

async function refusal(answer: Response): Promise<ApiFailure> {
  const said = await answer.json().then((body) => (body as Refusal).errors?.[0], () => undefined);
  return new ApiFailure(said?.message ?? "", said?.extensions?.code ?? "api.silent", answer.status);
}

function save(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}
