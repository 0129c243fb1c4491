// What the one who looks may do: asked once, so that what they may not is shown as such instead of failing.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { ViewerDocument } from "../api/typed";
import type { Permission } from "../api/typed";
import { barred } from "../texts/may";

const KEPT = 60_000;

/** `may` is false until it is known. `why` is the sentence for what they may not do; nothing while that is open. */
export function useMay() {
  const { data } = useQuery({ queryKey: ["viewer"], queryFn: () => ask(ViewerDocument, {}), staleTime: KEPT });
  const found = data?.viewer;
  const may = (wanted: Permission) => found?.permissions.includes(wanted) ?? false;
  const why = (wanted: Permission) => (found && !may(wanted) ? barred(found.role ?? null, wanted) : undefined);
  return { role: found?.role ?? null, may, why };
}

/** Says why what follows can't be used. */
export function Barred({ needs }: { needs: Permission }) {
  const why = useMay().why(needs);
  return why ? <s-banner tone="info" heading={why} /> : null;
}
