// The advanced view: a built rule as Liquid, and a rule that is Liquid.
import { texts } from "../../texts/mapping_rules";
import { Verbatim } from "../verbatim";
import { begun, freeTest } from "./rule_editing";
import type { EditedRule } from "./rule_editing";
import { focusSoon, shown } from "./rule_kit";
import type { Kit } from "./rule_kit";

interface OfView {
  edited: EditedRule;
  liquid: string;
  change: (edited: EditedRule) => void;
}

/** The condition is part of the text, so the rule needs none beside it. */
export function LiquidView({ edited, liquid, change }: OfView) {
  const words = texts.liquid;
  const become = () => {
    change({ ...edited, liquid, needs: "all", tests: [freeTest()] });
    focusSoon(`liquid-${edited.id}`);
  };
  return (
    <details>
      <summary style={{ cursor: "pointer" }}>
        <s-text>{words.show}</s-text>
      </summary>
      <s-box paddingBlockStart="small">
        <s-stack gap="small" alignItems="start">
          <s-text color="subdued">{words.more}</s-text>
          <Verbatim text={liquid} />
          <s-button onClick={become}>{words.switch}</s-button>
          <s-text color="subdued">{words.switchMore}</s-text>
        </s-stack>
      </s-box>
    </details>
  );
}

interface OfText {
  kit: Kit;
  edited: EditedRule;
  error: string | undefined;
  change: (edited: EditedRule) => void;
}

export function LiquidText({ kit, edited, error, change }: OfText) {
  const words = texts.liquid;
  const text = edited.liquid ?? "";
  const back = () => {
    const { start } = begun(edited.target);
    change({ ...edited, liquid: null, start: edited.start.from ? edited.start : start });
    focusSoon(`start-${edited.id}`);
  };
  return (
    <s-stack gap="small" alignItems="start">
      <s-box inlineSize="100%">
        <s-text-area
          id={`liquid-${edited.id}`}
          label={words.label}
          rows={5}
          value={text}
          error={shown(kit, error, text)}
          autocomplete="off"
          onInput={(event) => change({ ...edited, liquid: event.currentTarget.value })}
        />
      </s-box>
      <s-button onClick={back}>{words.back}</s-button>
      <s-text color="subdued">{words.backMore}</s-text>
    </s-stack>
  );
}
