// What a version says: its tables, a part of one at a time, and its rules in words.
import { useState } from "preact/hooks";
import type { MappingVersionQuery, RuleNamesFragment } from "../../api/typed";
import { changes, versions as words } from "../../texts/mapping_versions";
import { unmapped } from "../../texts/unmapped";
import { Slices } from "./slices";
import { keyName, ruleList, ruleName } from "./version_names";
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
              {`${unmapped.named(name)} (${words.rowsOf(rows.length)})`}
            </s-option>
          ))}
        </s-select>
      </s-box>
      <Rows key={table.name} table={table} />
    </s-section>
  );
}

function Rows({ table }: { table: Table }) {
  const head = (
    <s-table-header-row>
      <s-table-header listSlot="primary">{changes.key}</s-table-header>
      <s-table-header listSlot="labeled">{words.value}</s-table-header>
    </s-table-header-row>
  );
  return (
    <Slices all={table.rows} head={head}>
      {({ name, value }) => (
        <s-table-row key={name}>
          <s-table-cell>{keyName(table.name, name)}</s-table-cell>
          <s-table-cell>{value}</s-table-cell>
        </s-table-row>
      )}
    </Slices>
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
