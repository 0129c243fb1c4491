// The SKUs of both sides beside each other: read a stretch at a time, and what does not fit, by what is wrong with it.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { SetupSkuAuditDocument, SetupSkusDocument } from "../../api/typed";
import type { SetupSkuAuditQuery } from "../../api/typed";
import { setup as words } from "../../texts/setup";
import { Answer } from "../answer";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { StepSection } from "./step";
import { Press } from "../press";

interface Given {
  connection: string;
  read: boolean;
  stay: () => void;
  onward: () => void;
}

interface Sofar {
  items: number;
  products: number;
}

export function SkusStep({ connection, read, stay, onward }: Given) {
  const [errors, complain] = useState<Wrong[]>([]);
  const [sofar, count] = useState<Sofar>();
  const [lacks, lack] = useState<string[]>([]);
  const reading = useChange(
    SetupSkusDocument,
    (result) => result.setupSkus,
    ({ storeItems, hostProducts, complete, lacks: found }) => {
      stay();
      complain([]);
      lack(found);
      count((before) => (complete ? undefined : { items: (before?.items ?? 0) + storeItems, products: (before?.products ?? 0) + hostProducts }));
      // A large shop takes several stretches: the next one begins where this one ended.
      if (!complete) reading.mutate({ connection });
      return undefined;
    },
    complain,
  );
  return (
    <>
      <StepSection step="SKUS" errors={errors}>
        {lacks.map((sentence) => (
          <s-banner key={sentence} tone="warning" heading={sentence} />
        ))}
        {sofar && <s-text>{words.going(sofar.items, sofar.products)}</s-text>}
        <s-stack direction="inline" gap="small">
          <Press variant={read ? "secondary" : "primary"} of={reading} onClick={() => reading.mutate({ connection })}>
            {read ? words.again : words.read}
          </Press>
          {read && (
            <s-button variant="primary" onClick={onward}>
              {words.next}
            </s-button>
          )}
        </s-stack>
      </StepSection>
      {read && <Audit connection={connection} />}
    </>
  );
}

function Audit({ connection }: { connection: string }) {
  const query = useQuery({
    queryKey: ["setup audit", connection],
    queryFn: () => ask(SetupSkuAuditDocument, { connection }),
    refetchOnWindowFocus: false,
  });
  return <Answer query={query}>{({ skuAudit }) => <Found audit={skuAudit} />}</Answer>;
}

function Found({ audit }: { audit: SetupSkuAuditQuery["skuAudit"] }) {
  const wrong = audit.counts.filter(({ skus }) => skus > 0);
  if (wrong.length === 0) {
    return (
      <s-section accessibilityLabel={words.fits}>
        <s-empty-state heading={words.fits}>
          <s-text slot="subheading">{words.fitsMore}</s-text>
        </s-empty-state>
      </s-section>
    );
  }
  return (
    <s-section heading={words.fault} padding="none">
      <s-box padding="base">
        <s-stack direction="inline" gap="small-200">
          {wrong.map(({ fault, skus }) => (
            <s-badge key={fault} tone="warning">{`${words.faults[fault]}: ${skus}`}</s-badge>
          ))}
        </s-stack>
      </s-box>
      {audit.nodes.length > 0 && <Skus nodes={audit.nodes} />}
      {audit.pageInfo.hasNextPage && (
        <s-box padding="base">
          <s-text color="subdued">{words.some}</s-text>
        </s-box>
      )}
    </s-section>
  );
}

function Skus({ nodes }: { nodes: SetupSkuAuditQuery["skuAudit"]["nodes"] }) {
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.shop}</s-table-header>
        <s-table-header listSlot="labeled">{words.erp}</s-table-header>
        <s-table-header listSlot="inline">{words.fault}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {nodes.map(({ fault, store, host, inStore, inHost }) => (
          <s-table-row key={`${fault} ${store} ${host}`}>
            <s-table-cell>{`${store || "—"}${words.times(inStore)}`}</s-table-cell>
            <s-table-cell>{`${host || "—"}${words.times(inHost)}`}</s-table-cell>
            <s-table-cell>{words.faults[fault]}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}
