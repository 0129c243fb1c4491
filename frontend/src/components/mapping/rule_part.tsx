// A field of the order or a text that is always the same: chosen in a list, or dragged here.
import { texts } from "../../texts/mapping_rules";
import { Drop } from "./rule_drag";
import { TEXT } from "./rule_editing";
import type { EditedPart } from "./rule_editing";
import { shown } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { grouped, ofWhat, usable } from "./rule_sources";
import type { Of, Target } from "./rule_sources";

interface Given {
  kit: Kit;
  target: Target;
  part: EditedPart;
  id: string;
  label: string;
  placeholder: string;
  error: string | undefined;
  change: (part: EditedPart) => void;
}

export function PartChoice({ kit, target, part, id, label, placeholder, error, change }: Given) {
  const written = part.from === TEXT;
  return (
    <Drop of={ofWhat(target)} put={(path) => change({ ...part, from: path })}>
      <s-grid gridTemplateColumns={written ? "1fr 1fr" : "1fr"} gap="small-200" alignItems="start">
        <s-select
          id={id}
          label={label}
          value={part.from}
          placeholder={placeholder}
          error={written ? undefined : shown(kit, error, part.from)}
          onChange={(event) => change({ ...part, from: event.currentTarget.value })}
        >
          <s-option value={TEXT}>{texts.start.text}</s-option>
          <SourceOptions kit={kit} of={ofWhat(target)} />
        </s-select>
        {written && <WrittenPart target={target} part={part} error={error} change={change} />}
      </s-grid>
    </Drop>
  );
}

/** Where the ERP has its own choices only one of them makes sense. */
function WrittenPart({ target, part, error, change }: Pick<Given, "target" | "part" | "error" | "change">) {
  const words = texts.start;
  const set = (text: string) => change({ ...part, text });
  if (!target.choices.length) {
    return (
      <s-text-field
        label={words.textLabel}
        value={part.text}
        error={error}
        autocomplete="off"
        onInput={(event) => set(event.currentTarget.value)}
      />
    );
  }
  return (
    <s-select label={words.choices} value={part.text} placeholder={words.choices} error={error} onChange={(event) => set(event.currentTarget.value)}>
      {target.choices.map((choice) => (
        <s-option key={choice} value={choice}>
          {choice}
        </s-option>
      ))}
    </s-select>
  );
}

/** Those of what the rule is about beside the order's; `gate`: those that only gates may ask about as well. */
export function SourceOptions({ kit, of, gate = false }: { kit: Kit; of: Of; gate?: boolean }) {
  return (
    <>
      {grouped(usable(kit.sources, of, gate)).map(({ name, sources }) => (
        <s-option-group key={name} label={name}>
          {sources.map(({ path, label }) => (
            <s-option key={path} value={path}>
              {label}
            </s-option>
          ))}
        </s-option-group>
      ))}
    </>
  );
}
