// When a rule counts: rows of a field, a comparison and what it is held against, and a free row at the end.
import { texts } from "../../texts/mapping_rules";
import { Drop } from "./rule_drag";
import { freeTest, roomyTests } from "./rule_editing";
import type { EditedCondition, EditedTest } from "./rule_editing";
import { ALONE, DAYS, SINGLE } from "./rule_form";
import { focusSoon, shown } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { SourceOptions } from "./rule_part";
import { RowTools } from "./rule_row_tools";
import { fitting } from "./rule_sources";
import type { Of, Source } from "./rule_sources";
import { comparison } from "./rule_words";

interface Given {
  kit: Kit;
  /** What the rule is about: fields of each of these may be asked about beside the order's. */
  of: Of;
  /** Whether it is a gate's. */
  gate?: boolean;
  /** What is said where there is no condition. */
  always?: string;
  when: EditedCondition;
  wrong: (path: string) => string | undefined;
  change: (when: EditedCondition) => void;
}

const place = (test: EditedTest | undefined) => `test-${test?.key}`;

export function ConditionRows({ kit, of, gate = false, always, when, wrong, change }: Given) {
  const words = texts.condition;
  const { needs, tests } = when;
  const full = tests.filter(({ field }) => field);
  const set = (made: EditedTest) => change({ needs, tests: roomyTests(tests.map((each) => (each.key === made.key ? made : each))) });
  const drop = (test: EditedTest) => {
    const left = roomyTests(tests.filter((each) => each !== test));
    change({ needs, tests: left });
    focusSoon(place(left.at(-1)));
  };
  const dragged = (path: string) => change({ needs, tests: roomyTests([...full, chosen(kit, freeTest(), path, gate)]) });
  return (
    <Drop of={of} gate={gate} put={dragged}>
      <s-stack gap="small">
        <s-heading>{words.heading}</s-heading>
        {!full.length && always && <s-text color="subdued">{always}</s-text>}
        {full.length > 1 && (
          <s-select label={words.needs} value={needs} onChange={(event) => change({ tests, needs: event.currentTarget.value === "any" ? "any" : "all" })}>
            <s-option value="all">{words.all}</s-option>
            <s-option value="any">{words.any}</s-option>
          </s-select>
        )}
        {tests.map((test, at) => (
          <s-grid key={test.key} gridTemplateColumns={test.field ? "1fr auto" : "1fr"} gap="small-200" alignItems="start">
            <Row kit={kit} of={of} gate={gate} test={test} at={at} wrong={(part) => wrong(`when.tests.${at}.${part}`)} set={set} />
            {test.field && <RowTools what={words.what(at + 1)} id={test.key} remove={() => drop(test)} />}
          </s-grid>
        ))}
      </s-stack>
    </Drop>
  );
}

interface OfRow {
  kit: Kit;
  of: Of;
  gate: boolean;
  test: EditedTest;
  at: number;
  wrong: (part: string) => string | undefined;
  set: (test: EditedTest) => void;
}

function Row({ kit, of, gate, test, at, wrong, set }: OfRow) {
  const words = texts.condition;
  const source = kit.sources.find(({ path }) => path === test.field);
  const compared = fitting(source?.kind ?? "TEXT", kit.comparisonsByKind, gate);
  const offered = compared.includes(test.operator) ? compared : [test.operator, ...compared];
  return (
    <s-query-container>
      <s-grid gridTemplateColumns={test.field ? "@container (inline-size > 380px) 1fr 1fr 1fr, 1fr" : "1fr"} gap="small-200" alignItems="start">
        <s-select
          id={place(test)}
          label={test.field ? words.nth(at + 1) : words.add}
          labelAccessibilityVisibility="exclusive"
          value={test.field}
          placeholder={words.add}
          error={wrong("field")}
          onChange={(event) => set(chosen(kit, test, event.currentTarget.value, gate))}
        >
          <SourceOptions kit={kit} of={of} gate={gate} />
        </s-select>
        {test.field && (
          <s-select
            label={words.comparison(at + 1)}
            labelAccessibilityVisibility="exclusive"
            value={test.operator}
            error={wrong("operator")}
            onChange={(event) => set({ ...test, operator: event.currentTarget.value })}
          >
            {offered.map((operator) => (
              <s-option key={operator} value={operator}>
                {comparison(operator, source?.kind)}
              </s-option>
            ))}
          </s-select>
        )}
        {test.field && !ALONE.includes(test.operator) && (
          <Against kind={source?.kind} test={test} at={at} error={shown(kit, wrong("values"), test.values)} set={set} />
        )}
      </s-grid>
    </s-query-container>
  );
}

/** Another field begins with a comparison that fits what it holds. */
function chosen(kit: Kit, test: EditedTest, field: string, gate: boolean): EditedTest {
  const kind = kit.sources.find(({ path }) => path === field)?.kind ?? "TEXT";
  const offered = fitting(kind, kit.comparisonsByKind, gate);
  const operator = offered.includes(test.operator) ? test.operator : (offered[0] ?? "is");
  return { ...test, field, operator, values: kind === "FLAG" ? "true" : test.values };
}

interface OfValues {
  kind: Source["kind"] | undefined;
  test: EditedTest;
  at: number;
  error: string | undefined;
  set: (test: EditedTest) => void;
}

function Against({ kind, test, at, error, set }: OfValues) {
  const words = texts.condition;
  const told = { label: words.values(at + 1), labelAccessibilityVisibility: "exclusive" as const, value: test.values, error };
  const say = (values: string) => set({ ...test, values });
  if (kind === "FLAG") {
    return (
      <s-select {...told} onChange={(event) => say(event.currentTarget.value)}>
        <s-option value="true">{words.yes}</s-option>
        <s-option value="false">{words.no}</s-option>
      </s-select>
    );
  }
  if (kind === "DATE" && DAYS.includes(test.operator) && /^(\d{4}-\d\d-\d\d)?$/.test(test.values)) {
    return <s-date-field {...told} onInput={(event) => say(event.currentTarget.value)} />;
  }
  const details = SINGLE.includes(test.operator) ? "" : words.several;
  return <s-text-field {...told} details={details} autocomplete="off" onInput={(event) => say(event.currentTarget.value)} />;
}
