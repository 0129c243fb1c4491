// Practising: the offer of a demo ERP, and what marks a connection to it, with the switch for its faults.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../../api/door";
import { PracticeFaultsDocument, PracticeFaultsNowDocument, PracticeStartDocument } from "../../api/typed";
import { setup } from "../../texts/setup";
import { useChange } from "../change";
import { useMay } from "../may";
import { Press } from "../press";
import { local } from "../shown";

const words = setup.practice;

export function PracticeOffer() {
  const { route } = useLocation();
  const start = useChange(
    PracticeStartDocument,
    (result) => result.practiceStart,
    ({ connection }) => {
      if (connection) route(`/setup?connection=${local(connection.id)}`);
      return words.started;
    },
  );
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text>{words.more}</s-text>
        <s-stack direction="inline">
          <Press of={start} onClick={() => start.mutate({})}>
            {words.start}
          </Press>
        </s-stack>
      </s-stack>
    </s-section>
  );
}

export function Marked({ connection }: { connection: string }) {
  return (
    <s-banner tone="info" heading={words.banner}>
      <s-stack gap="base">
        <s-text>{words.bannerMore}</s-text>
        <Faults connection={connection} />
      </s-stack>
    </s-banner>
  );
}

function Faults({ connection }: { connection: string }) {
  const query = useQuery({ queryKey: ["practice faults"], queryFn: () => ask(PracticeFaultsNowDocument, {}) });
  const { why } = useMay();
  const change = useChange(
    PracticeFaultsDocument,
    (result) => result.practiceFaults,
    () => setup.saved,
  );
  const on = query.data?.practice.faults;
  return (
    <s-switch
      label={words.faults}
      details={words.faultsMore}
      checked={change.isPending ? change.variables.on : on === true}
      disabled={on === undefined || on === null || Boolean(why(change.needs))}
      onChange={(event) => change.mutate({ connection, on: event.currentTarget.checked })}
    />
  );
}
