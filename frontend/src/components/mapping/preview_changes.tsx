// Field by field: what the ERP was sent, and what it would be sent.
import type { FieldChangeFragment } from "../../api/typed";
import { preview as words } from "../../texts/mapping_versions";
import { place } from "./preview_paths";

/** Null: nothing was sent that could be compared. */
export function FieldChanges({ differences }: { differences: FieldChangeFragment[] | null }) {
  if (!differences?.length) {
    return (
      <s-section heading={words.differences}>
        <s-text color="subdued">{differences ? words.noDifference : words.neverSent}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={words.differences} padding="none">
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.field}</s-table-header>
          <s-table-header listSlot="labeled">{words.sent}</s-table-header>
          <s-table-header listSlot="labeled">{words.would}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {differences.map(({ path, told, now }) => (
            <s-table-row key={path}>
              <s-table-cell>{place(path)}</s-table-cell>
              <s-table-cell>{told ?? <Nothing />}</s-table-cell>
              <s-table-cell>{now ?? <Nothing />}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}

function Nothing() {
  return <s-text color="subdued">{words.nothing}</s-text>;
}
