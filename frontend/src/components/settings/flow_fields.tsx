// One flow as it is to be: owner, carried or not, and how often, with the next times while an expression is written.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { CadencePreviewDocument, PricesOnDocument, StockOnDocument } from "../../api/typed";
import type { FlowTableQuery, Owner } from "../../api/typed";
import { flows } from "../../texts/flows";
import { schedules as words } from "../../texts/schedules";
import { texts } from "../../texts";
import { useChange } from "../change";
import { Press } from "../press";
import { when } from "../shown";
import { OWN } from "./flow_wishes";
import type { Wish } from "./flow_wishes";
import { useSettled } from "./settled";

type Row = FlowTableQuery["flowTable"][number];

interface Given {
  row: Row;
  wish: Wish;
  set: (wish: Wish) => void;
  reason: string | null;
  error: string | undefined;
  connection: string;
}

export function FlowFields({ row, wish, set, reason, error, connection }: Given) {
  const name = texts.flow[row.flow];
  return (
    <s-section heading={name}>
      <s-stack gap="base">
        <s-text color="subdued">{flows.direction[row.direction]}</s-text>
        {reason && <s-text color="subdued">{reason}</s-text>}
        {error && <s-banner tone="critical" heading={error} />}
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 560px) 1fr 1fr 1fr, 1fr" gap="base">
            <s-select
              name={`${row.flow}:owner`}
              label={`${name}: ${words.owner.toLowerCase()}`}
              value={wish.owner}
              onChange={(event) => set({ ...wish, owner: event.currentTarget.value as Owner })}
            >
              {Object.entries(flows.owner).map(([owner, label]) => (
                <s-option key={owner} value={owner}>
                  {label}
                </s-option>
              ))}
            </s-select>
            <Often row={row} wish={wish} set={set} connection={connection} />
            <Carried row={row} wish={wish} set={set} reason={reason} connection={connection} />
          </s-grid>
        </s-query-container>
        {wish.cadence === OWN && row.nextAt && <Own row={row} wish={wish} set={set} connection={connection} />}
      </s-stack>
    </s-section>
  );
}

type Part = Pick<Given, "row" | "wish" | "set" | "connection">;

function Often({ row, wish, set }: Part) {
  if (!row.nextAt) return <s-text color="subdued">{words.noClock}</s-text>;
  return (
    <s-select
      name={`${row.flow}:cadence`}
      label={`${texts.flow[row.flow]}: ${words.cadence.toLowerCase()}`}
      value={wish.cadence}
      onChange={(event) => set({ ...wish, cadence: event.currentTarget.value })}
    >
      {Object.entries(flows.cadence).map(([cadence, label]) => (
        <s-option key={cadence} value={cadence}>
          {label}
        </s-option>
      ))}
      <s-option value={OWN}>{words.own}</s-option>
    </s-select>
  );
}

/** Stock and prices begin with settings of their own; the rest is a switch, but for orders. */
function Carried({ row, wish, set, reason, connection }: Part & Pick<Given, "reason">) {
  const told = () => words.turnedOn;
  const stock = useChange(StockOnDocument, (result) => result.stockSettingsSave, told);
  const prices = useChange(PricesOnDocument, (result) => result.priceSettingsSave, told);
  const planned = row.flow === "INVENTORY" || row.flow === "PRICES";
  if (row.flow === "ORDERS") return <s-text color="subdued">{words.always}</s-text>;
  if (reason) return <s-text color="subdued">{words.unavailable}</s-text>;
  if (planned && !row.nextAt) {
    const on = row.flow === "PRICES" ? prices : stock;
    return (
      <s-stack direction="inline">
        <Press of={on} accessibilityLabel={`${words.turnOn}: ${texts.flow[row.flow]}`} onClick={() => on.mutate({ connection })}>
          {words.turnOn}
        </Press>
      </s-stack>
    );
  }
  return (
    <s-checkbox
      name={`${row.flow}:on`}
      label={`${texts.flow[row.flow]}: ${words.on.toLowerCase()}`}
      checked={wish.on}
      details={row.flow === "PRODUCTS" ? words.filtered : ""}
      onChange={(event) => set({ ...wish, on: event.currentTarget.checked })}
    />
  );
}

function Own({ row, wish, set, connection }: Part) {
  const settled = useSettled(wish.own.trim());
  const query = useQuery({
    queryKey: ["cadence", connection, settled],
    queryFn: () => ask(CadencePreviewDocument, { connection, cadence: settled }),
    enabled: settled !== "",
  });
  const found = settled ? query.data?.cadencePreview : undefined;
  const [wrong] = found?.userErrors ?? [];
  return (
    <s-stack gap="small-300">
      <s-text-field
        name={`${row.flow}:own`}
        label={`${texts.flow[row.flow]}: ${words.ownLabel.toLowerCase()}`}
        details={words.ownMore}
        autocomplete="off"
        value={wish.own}
        {...(wrong ? { error: wrong.message } : {})}
        onInput={(event) => set({ ...wish, own: event.currentTarget.value })}
      />
      {found && !wrong && (
        <s-text color="subdued">
          {`${words.nextTimes}: ${found.times.map(when).join(" · ")}. ${found.zone ? words.zone(found.zone) : words.noZone}`}
        </s-text>
      )}
    </s-stack>
  );
}
