// What a version says: its tables, a part of one at a time, and its rules in words.
import { useState } from "preact/hooks";
import type { MappingVersionQuery, RuleNamesFragment } from "../../api/typed";
import { changes, versions as words } from "../../texts/mapping_versions";
import { part } from "./differences";
import { keyName, ruleList, ruleName, tableName } from "./version_names";
import { RuleSaid } from "./version_rule";

type Table = NonNullable<MappingVersionQuery["mappingVersion"]>["tables"][number];

export function VersionTables({ tables }: { tables: Table[] }) {
  const [chosen, choose] = useState(tables[0]?.name);
  const table = tables.find(({ name }) => name === chosen);
  if (!table) {
    return (
      <s-section heading={words.tables}>
        <s-text color="subdued">{words.noTables}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={words.tables} padding="none">
      <s-box padding="base">
        <s-select label={words.table} value={table.name} onChange={(event) => choose(event.currentTarget.value)}>
          {tables.map(({ name, rows }) => (
            <s-option key={name} value={name}>
              {`${tableName(name)} (${words.rowsOf(rows.length)})`}
            </s-option>
          ))}
        </s-select>
      </s-box>
      <Rows key={table.name} rows={table.rows} />
    </s-section>
  );
}

function Rows({ rows }: { rows: Table["rows"] }) {
  const [at, go] = useState(0);
  const shown = part(rows, at);
  return (
    <s-table
      paginate={shown.more || at > 0}
      hasNextPage={shown.more}
      hasPreviousPage={at > 0}
      onNextPage={() => go(at + 1)}
      onPreviousPage={() => go(at - 1)}
    >
      <s-table-header-row>
        <s-table-header listSlot="primary">{changes.key}</s-table-header>
        <s-table-header listSlot="labeled">{words.value}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {shown.rows.map(({ name, value }) => (
          <s-table-row key={name}>
            <s-table-cell>{keyName(name)}</s-table-cell>
            <s-table-cell>{value}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}

export function VersionRules({ rules, names }: { rules: unknown; names: RuleNamesFragment | null }) {
  return (
    <>
      <Section heading={words.rules} none={words.noRules} rules={ruleList(rules, "fields")} names={names} />
      <Section heading={words.gates} none={words.noGates} rules={ruleList(rules, "gates")} names={names} />
    </>
  );
}

interface Listed {
  heading: string;
  none: string;
  rules: unknown[];
  names: RuleNamesFragment | null;
}

function Section({ heading, none, rules, names }: Listed) {
  return (
    <s-section heading={heading}>
      {rules.length === 0 && <s-text color="subdued">{none}</s-text>}
      <s-stack gap="base">
        {rules.map((rule, at) => (
          <s-stack key={at} gap="small-400">
            <s-text type="strong">{ruleName(rule, null, names)}</s-text>
            <RuleSaid rule={rule} names={names} />
          </s-stack>
        ))}
      </s-stack>
    </s-section>
  );
}
