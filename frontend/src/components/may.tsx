// What the one who looks may do: asked once, so that what they may not is shown as such instead of failing.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { ViewerDocument } from "../api/typed";
import type { Permission } from "../api/typed";
import { barred, barredSome } from "../texts/may";

const KEPT = 60_000;

export const VIEWER = { queryKey: ["viewer"], queryFn: () => ask(ViewerDocument, {}), staleTime: KEPT };

/** `may` is false until it is known. `why` is the sentence for what they may not do; nothing while that is open. */
export function useMay() {
  const { data } = useQuery(VIEWER);
  const found = data?.viewer;
  const may = (wanted: Permission) => found?.permissions.includes(wanted) ?? false;
  const why = (wanted: Permission) => (found && !may(wanted) ? barred(found.role ?? null, wanted) : undefined);
  return { role: found?.role ?? null, may, why };
}

/** Says why what follows can't be used: every permission that something below asks for is named. */
export function Barred({ needs }: { needs: Permission | Permission[] }) {
  const { role, why } = useMay();
  const wanted = Array.isArray(needs) ? needs : [needs];
  const shut = wanted.filter(why);
  const [first] = shut;
  if (!first) return null;
  if (shut.length === 1) return <s-banner tone="info" heading={barred(role, first)} />;
  const words = barredSome(role, shut);
  return (
    <s-banner tone="info" heading={words.heading}>
      <s-paragraph>{words.more}</s-paragraph>
    </s-banner>
  );
}
