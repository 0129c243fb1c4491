// What every view is, in this order: loading, failed, empty, content.
import type { UseQueryResult } from "@tanstack/preact-query";
import type { ComponentChildren } from "preact";
import { useContext, useEffect } from "preact/hooks";
import { ApiFailure } from "../api/failure";
import { texts } from "../texts";
import { Turn } from "./in_turn";
import { sentence } from "./shown";

interface Given<Data> {
  query: UseQueryResult<Data>;
  empty?: (data: Data) => ComponentChildren;
  within?: (waiting: ComponentChildren) => ComponentChildren;
  children: (data: Data) => ComponentChildren;
}

/**
 * `empty` answers what to show instead of the content, or nothing where there is content. `within` gives the wheel what may be
 * read already while it turns.
 */
export function Answer<Data>({ query, empty, within = alone, children }: Given<Data>) {
  const done = useContext(Turn);
  useEffect(() => {
    if (!query.isPending) done();
  }, [query.isPending]);
  if (query.data === undefined) {
    return query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <>{within(<Loading />)}</>;
  }
  return (
    <>
      {query.isRefetchError && <Stale error={query.error} />}
      {empty?.(query.data) ?? children(query.data)}
    </>
  );
}

/** The wheel has the name: several may turn at a time, and places of a page are told apart by theirs. */
function Loading() {
  return (
    <s-box minBlockSize="220px">
      <s-stack alignItems="center" padding="large-400">
        <s-spinner accessibilityLabel={texts.general.loading} size="large" />
      </s-stack>
    </s-box>
  );
}

function alone(waiting: ComponentChildren) {
  return <s-section>{waiting}</s-section>;
}

/** What was shown before stays, and says that it may have changed since. */
function Stale({ error }: { error: unknown }) {
  return (
    <s-banner tone="warning" heading={texts.general.stale}>
      <s-paragraph>{sentence(error)}</s-paragraph>
    </s-banner>
  );
}

function Failed({ error, again }: { error: unknown; again: () => void }) {
  // Asking again changes nothing for who may not read it.
  if (error instanceof ApiFailure && error.code === "api.role_missing") return <s-banner tone="info" heading={sentence(error)} />;
  return (
    <s-banner tone="critical" heading={texts.general.failed}>
      <s-paragraph>{sentence(error)}</s-paragraph>
      <s-button slot="secondary-actions" onClick={again}>
        {texts.general.again}
      </s-button>
    </s-banner>
  );
}
