// States in colour and words.
import type { ConnectionHealth, OrderState, PlanLineState, RunState, Verdict } from "../api/typed";
import { texts } from "../texts";

type Tone = "auto" | "info" | "success" | "warning" | "critical" | "neutral";

const health: Record<ConnectionHealth, Tone> = {
  SETUP: "info",
  GOOD: "success",
  TROUBLED: "warning",
  DOWN: "critical",
  PAUSED: "warning",
};

const state: Record<OrderState, Tone> = {
  WAITING: "neutral",
  RUNNING: "info",
  SETTLED: "success",
  HELD: "warning",
  SKIPPED: "neutral",
  CANCELLED: "neutral",
};

const verdict: Record<Verdict, Tone> = {
  RETRY_SAFE: "success",
  LOOK_FIRST: "warning",
  NEEDS_MAPPING: "info",
  NEVER: "critical",
};

const run: Record<RunState, Tone> = {
  PLANNED: "info",
  RUNNING: "info",
  DONE: "success",
  STOPPED: "neutral",
  FAILED: "critical",
};

const line: Record<PlanLineState, Tone> = {
  PLANNED: "neutral",
  SENT: "info",
  DONE: "success",
  STALE: "info",
  HELD: "warning",
  DEFERRED: "neutral",
};

export function RunBadge({ of }: { of: RunState }) {
  return <s-badge tone={run[of]}>{texts.run[of]}</s-badge>;
}

export function LineBadge({ of }: { of: PlanLineState }) {
  return <s-badge tone={line[of]}>{texts.line[of]}</s-badge>;
}

export function HealthBadge({ of }: { of: ConnectionHealth }) {
  return <s-badge tone={health[of]}>{texts.health[of]}</s-badge>;
}

/** `as`: what it is called where not everything goes to the ERP. */
export function StateBadge({ of, as }: { of: OrderState; as?: string | undefined }) {
  return <s-badge tone={state[of]}>{as ?? texts.state[of]}</s-badge>;
}

export function VerdictBadge({ of }: { of: Verdict }) {
  return <s-badge tone={verdict[of]}>{texts.verdict[of]}</s-badge>;
}
