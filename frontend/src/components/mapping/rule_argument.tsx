// What a step is given: a list where there is something to choose from, else a field.
import { useState } from "preact/hooks";
import { texts } from "../../texts/mapping_rules";
import type { Argument, Kind } from "./rule_form";
import { shown } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { formInWords } from "./rule_words";

interface Given {
  kit: Kit;
  of: Kind;
  argument: Argument;
  said: string;
  error: string | undefined;
  set: (said: string) => void;
}

export function ArgumentField({ kit, of, argument, said, error, set }: Given) {
  const { label, details } = texts.arguments[`${of}.${argument.name}`] ?? { label: argument.name, details: "" };
  const told = { label, details, value: said, error: shown(kit, error, said) };
  if (argument.takes === "form") return <DateForm said={said} error={error} set={set} />;
  const choices = choicesOf(argument, kit, said);
  if (choices) {
    return (
      <s-select {...told} placeholder={argument.takes === "table" ? texts.chooseTable : undefined} onChange={(event) => set(event.currentTarget.value)}>
        {choices.map(([value, words]) => (
          <s-option key={value} value={value}>
            {words}
          </s-option>
        ))}
      </s-select>
    );
  }
  return <s-text-field {...told} autocomplete="off" onInput={(event) => set(event.currentTarget.value)} />;
}

type Choices = [string, string][];

function choicesOf({ takes }: Argument, kit: Kit, said: string): Choices | undefined {
  switch (takes) {
    case "case":
      return Object.entries(texts.cases);
    case "sum":
      return Object.entries(texts.sums);
    case "must":
      return Object.entries(texts.must);
    case "table":
      return withOwn(kit.tables, said).map((name) => [name, name.replace(/^free:/, "").replaceAll("_", " ")]);
    case "zone":
      return withOwn(zones(), said).map((name) => [name, name.replaceAll("_", " ")]);
    default:
      return undefined;
  }
}

/** What is stored stays to be chosen, though it may be gone. */
function withOwn(names: string[], said: string): string[] {
  return said && !names.includes(said) ? [said, ...names] : names;
}

/** The merchant's own before all others. */
function zones(): string[] {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set(["UTC", here, ...Intl.supportedValuesOf("timeZone")])];
}

const FORMS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%Y%m%d", "%Y-%m-%d %H:%M", "%H:%M", "%Y"];
const OWN = ":own";

function DateForm({ said, error, set }: Pick<Given, "said" | "error" | "set">) {
  const [own, choose] = useState(!FORMS.includes(said));
  const { label } = texts.arguments["date.form"]!;
  const pick = (value: string) => {
    choose(value === OWN);
    if (value !== OWN) set(value);
  };
  return (
    <s-stack gap="small-200">
      <s-select label={label} value={own ? OWN : said} onChange={(event) => pick(event.currentTarget.value)}>
        {FORMS.map((form) => (
          <s-option key={form} value={form}>
            {formInWords(form)}
          </s-option>
        ))}
        <s-option value={OWN}>{texts.ownForm}</s-option>
      </s-select>
      {own && (
        <s-text-field
          label={texts.ownFormLabel}
          details={texts.ownFormMore}
          value={said}
          error={error}
          autocomplete="off"
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </s-stack>
  );
}
