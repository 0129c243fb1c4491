// What came of a preview: what would be done, why not, what the ERP would be told, and how that differs from what was sent.
import type { MappingPreviewQuery, ObstacleFragment } from "../../api/typed";
import { preview as words } from "../../texts/mapping_versions";
import { advised, local, money } from "../shown";
import { Tree } from "../tree";
import { FieldChanges } from "./preview_changes";
import { exact, further } from "./preview_paths";
import { useWay } from "./way";

type Made = NonNullable<MappingPreviewQuery["mappingPreview"]>;
type Order = NonNullable<MappingPreviewQuery["order"]>;

export function PreviewResult({ data: { order, mappingPreview: made } }: { data: MappingPreviewQuery }) {
  if (!order || !made) return null;
  const { rehearsal, document } = made;
  // An order that is not sent has no payments to show either, and nothing to hold against what was sent.
  const told = document !== null && document !== undefined;
  return (
    <>
      <Verdict order={order} made={made} />
      {(told || rehearsal.differences) && <FieldChanges differences={rehearsal.differences} />}
      <Told heading={words.told} message={document} />
      {further(rehearsal.payload, document) && <Told heading={words.next(rehearsal.step ?? "")} message={rehearsal.payload} />}
      {told && <Payments payments={made.payments} />}
    </>
  );
}

function Verdict({ order, made }: { order: Order; made: Made }) {
  const at = useWay();
  const { rehearsal, obstacles, becomes } = made;
  const name = order.name ?? order.storeKey;
  return (
    <s-section heading={`${name}: ${words.action[rehearsal.action] ?? rehearsal.action}`}>
      <s-badge slot="accessory">{words.written}</s-badge>
      <s-link slot="secondary-actions" href={at(`/orders/${local(order.id)}`)}>
        {words.open}
      </s-link>
      <s-text color="subdued">{words.total(money(order.total))}</s-text>
      {becomes && <s-text color="subdued">{words.becomes(words.documents[becomes] ?? becomes)}</s-text>}
      {obstacles.length > 0 && <Obstacles obstacles={obstacles} />}
    </s-section>
  );
}

function Obstacles({ obstacles }: { obstacles: ObstacleFragment[] }) {
  return (
    <s-unordered-list>
      {obstacles.map(({ code, sentence, explanation }, at) => (
        <s-list-item key={`${code}${at}`}>
          <s-text type="strong">{sentence}</s-text> <s-text color="subdued">{advised(explanation?.advice)}</s-text>
        </s-list-item>
      ))}
    </s-unordered-list>
  );
}

function Told({ heading, message }: { heading: string; message: unknown }) {
  const modal = `exact ${heading}`.replaceAll(/\W+/g, "-");
  if (message === null || message === undefined) {
    return (
      <s-section heading={heading}>
        <s-text color="subdued">{words.toldNone}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={heading}>
      <s-button slot="secondary-actions" commandFor={modal} command="--show">
        {words.exact}
      </s-button>
      <Tree value={message} />
      <s-modal id={modal} heading={words.exact} size="large">
        <s-text-area label={words.exactMore} rows={20} readOnly value={exact(message)} />
      </s-modal>
    </s-section>
  );
}

function Payments({ payments }: { payments: Made["payments"] }) {
  if (payments.length === 0) {
    return (
      <s-section heading={words.payments}>
        <s-text color="subdued">{words.noPayments}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={words.payments} padding="none">
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.method}</s-table-header>
          <s-table-header listSlot="labeled" format="numeric">
            {words.amount}
          </s-table-header>
        </s-table-header-row>
        <s-table-body>
          {payments.map(({ method, amount }, at) => (
            <s-table-row key={at}>
              <s-table-cell>{method}</s-table-cell>
              <s-table-cell>{amount}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}
