// What a file says, before anything is changed: its faults, or what it would add, change and take away; then the way on.
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";
import { Facts } from "../facts";
import { Press } from "../press";
import type { Change } from "../press";
import { Faults } from "./faults";
import { Slices } from "./slices";
import type { Check } from "./table_importing";

interface Given {
  found: Check;
  of: Change;
  put: (publish: boolean) => void;
  again: () => void;
  forget: () => void;
}

export function Checked({ found, of, put, again, forget }: Given) {
  const words = tablesPage.file;
  const [error] = found.userErrors;
  if (error) {
    return (
      <s-banner tone="critical" heading={texts.connect.wrong}>
        <s-paragraph>{error.message}</s-paragraph>
        <s-button slot="secondary-actions" onClick={again}>
          {texts.general.again}
        </s-button>
      </s-banner>
    );
  }
  if (found.faults.length) return <Faults faults={found.faults} />;
  const nothing = found.added + found.changed + found.removed === 0;
  return (
    <s-stack gap="base">
      <s-heading>{nothing ? words.same : words.would}</s-heading>
      <Facts
        facts={[
          { name: words.rows, value: found.rows.toLocaleString() },
          { name: words.added, value: found.added.toLocaleString() },
          { name: words.changed, value: found.changed.toLocaleString() },
          { name: words.removed, value: found.removed.toLocaleString() },
        ]}
      />
      {!found.codesKnown && <s-text color="subdued">{words.unchecked}</s-text>}
      {!nothing && <Changes found={found} />}
      <s-stack direction="inline" gap="small">
        {!nothing && (
          <Press of={of} variant="primary" onClick={() => put(false)}>
            {found.intoDraft ? words.intoDraft : words.beginDraft}
          </Press>
        )}
        {!nothing && !found.intoDraft && (
          <Press of={of} onClick={() => put(true)}>
            {words.publish}
          </Press>
        )}
        <s-button variant="tertiary" onClick={forget}>
          {words.forget}
        </s-button>
      </s-stack>
    </s-stack>
  );
}

function Changes({ found }: { found: Check }) {
  const words = tablesPage.file;
  const more = found.added + found.changed + found.removed - found.changes.length;
  return (
    <s-stack gap="small-200">
      <Slices
        all={found.changes}
        head={
          <s-table-header-row>
            <s-table-header listSlot="primary">{tablesPage.editor.store}</s-table-header>
            <s-table-header listSlot="labeled">{words.was}</s-table-header>
            <s-table-header listSlot="labeled">{words.now}</s-table-header>
          </s-table-header-row>
        }
      >
        {({ key, was, now }) => (
          <s-table-row key={key}>
            <s-table-cell>{key === "*" ? tablesPage.editor.all : key}</s-table-cell>
            <s-table-cell>{was ?? texts.general.unknown}</s-table-cell>
            <s-table-cell>{now ?? texts.general.unknown}</s-table-cell>
          </s-table-row>
        )}
      </Slices>
      {more > 0 && <s-text color="subdued">{words.others(more.toLocaleString())}</s-text>}
    </s-stack>
  );
}
