// What a rule gives for the chosen order, and what is wrong with it where no field of its own can say so.
import type { UseQueryResult } from "@tanstack/preact-query";
import type { ComponentChildren } from "preact";
import type { RuleTrialQuery } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { sentence } from "../shown";
import type { Kit } from "./rule_kit";
import type { Trial } from "./rule_trial";

interface Given {
  kit: Kit;
  query: UseQueryResult<RuleTrialQuery>;
  ready: boolean;
  /** Whether it can only be told when an order is sent. */
  later?: boolean;
  /** What is wrong with the rule as a whole. */
  whole: string[];
  /** How its outcomes are said. */
  children: (trial: Trial) => ComponentChildren;
}

export function Result({ kit, query, ready, later, whole, children }: Given) {
  const words = texts.result;
  return (
    <s-box background="base" border="base" borderRadius="base" padding="small" minBlockSize="76px" accessibilityRole="status">
      <s-stack gap="small-200">
        <s-text type="strong">{kit.order ? words.heading(kit.order.name) : words.headingNone}</s-text>
        {whole.map((message) => (
          <s-text key={message} tone="critical">
            {message}
          </s-text>
        ))}
        {whole.length === 0 && <Said kit={kit} query={query} ready={ready} later={later ?? false} children={children} />}
      </s-stack>
    </s-box>
  );
}

function Said({ kit, query, ready, later, children }: Omit<Given, "whole">) {
  const words = texts.result;
  if (later) return <s-text color="subdued">{words.later}</s-text>;
  if (!ready) return <s-text color="subdued">{words.unfinished}</s-text>;
  if (!kit.order) return <s-text color="subdued">{words.none}</s-text>;
  if (query.isError) return <s-text tone="critical">{sentence(query.error)}</s-text>;
  const trial = query.data?.mappingRuleTry;
  if (!trial) return <s-text color="subdued">{words.looking}</s-text>;
  const [refused] = trial.userErrors;
  if (refused) return <s-text tone="critical">{refused.message}</s-text>;
  return <>{children(trial)}</>;
}

/** A line for the order, or one for each of its lines. */
export function Outcomes({ trial }: { trial: Trial }) {
  return (
    <>
      {trial.outcomes.map((outcome, nth) => (
        <s-stack key={nth} gap="small-300">
          {outcome.line && <s-text color="subdued">{outcome.line}</s-text>}
          <Outcome outcome={outcome} />
        </s-stack>
      ))}
    </>
  );
}

function Outcome({ outcome }: { outcome: Trial["outcomes"][number] }) {
  const words = texts.result;
  if (outcome.obstacle) {
    return (
      <s-text tone="critical">
        {words.held}: {outcome.obstacle.sentence}
      </s-text>
    );
  }
  return outcome.text == null ? <s-text color="subdued">{words.nothing}</s-text> : <s-text type="strong">{outcome.text}</s-text>;
}
