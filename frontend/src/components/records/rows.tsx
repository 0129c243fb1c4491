// Records in a table: what each is, where it stands and why, and where it leads.
import type { ListedRecordFragment, OrderState, RecordKind } from "../../api/typed";
import { texts } from "../../texts";
import { records } from "../../texts/records";
import { StateBadge } from "../badges";
import { local, money, when } from "../shown";
import { useSeveral } from "./where";

export type Listed = ListedRecordFragment;

export function path({ id, kind }: { id: string; kind: RecordKind }): string {
  return kind === "ORDER" ? `/orders/${local(id)}` : `/records/${local(id)}`;
}

export function nameOf({ name, storeKey }: { name?: string | null; storeKey: string }): string {
  return name ?? storeKey;
}

export function Standing({ kind, state }: { kind: RecordKind; state: OrderState }) {
  return <StateBadge of={state} as={records.state[kind]?.[state]} />;
}

interface Given {
  rows: Listed[];
  mixed?: boolean;
  ticked?: string[];
  tick?: (id: string, on: boolean) => void;
}

/** `mixed`: there may be several kinds, so each row says its own. With `tick` rows can be chosen. */
export function RecordRows({ rows, mixed = false, ticked = [], tick }: Given) {
  const said = records.list;
  const several = useSeveral();
  return (
    <>
      <s-table-header-row>
        <s-table-header listSlot="primary">{said.record}</s-table-header>
        {several && <s-table-header listSlot="labeled">{said.shop}</s-table-header>}
        <s-table-header listSlot="labeled">{said.placed}</s-table-header>
        <s-table-header listSlot="inline">{said.where}</s-table-header>
        <s-table-header listSlot="labeled">{said.number}</s-table-header>
        <s-table-header listSlot="labeled" format="currency">
          {said.total}
        </s-table-header>
      </s-table-header-row>
      <s-table-body>
        {rows.map((row) => (
          <s-table-row key={row.id}>
            <s-table-cell>
              <s-stack direction="inline" gap="small-200" alignItems="center">
                {tick && (
                  <s-checkbox
                    accessibilityLabel={said.choose(nameOf(row))}
                    checked={ticked.includes(row.id)}
                    onChange={(event) => tick(row.id, event.currentTarget.checked)}
                  />
                )}
                <s-link href={path(row)}>{nameOf(row)}</s-link>
                {mixed && <s-text color="subdued">{records.kind[row.kind]}</s-text>}
              </s-stack>
            </s-table-cell>
            {several && <s-table-cell>{row.connection.shop.name}</s-table-cell>}
            <s-table-cell>{when(row.placedAt ?? row.firstSeenAt)}</s-table-cell>
            <s-table-cell>
              <s-stack gap="small-400">
                <s-stack direction="inline">
                  <Standing kind={row.kind} state={row.state} />
                </s-stack>
                {row.reason && row.state !== "SETTLED" && <s-text color="subdued">{row.reason.sentence}</s-text>}
              </s-stack>
            </s-table-cell>
            <s-table-cell>{row.hostNumber ?? texts.general.unknown}</s-table-cell>
            <s-table-cell>{money(row.total)}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </>
  );
}
