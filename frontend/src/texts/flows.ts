// What is said of flows wherever they are shown: owners, cadences, stopping and going on.
import type { FlowDirection, Owner } from "../api/typed";

const owner: Record<Owner, string> = { STORE: "The shop", HOST: "The ERP", EITHER: "Whoever wrote last" };

const direction: Record<FlowDirection, string> = {
  STORE_TO_HOST: "Shop to ERP",
  HOST_TO_STORE: "ERP to shop",
  BOTH: "Both ways",
};

/** The presets of the API, in the order they are offered. */
const cadence: Record<string, string> = {
  usual: "As usual",
  every_5_minutes: "Every 5 minutes",
  every_15_minutes: "Every 15 minutes",
  hourly: "Every hour",
  daily_at_midnight: "Daily at midnight",
  daily_at_9: "Daily at 9:00",
  weekdays_at_9: "Weekdays at 9:00",
};

export const flows = {
  owner,
  direction,
  cadence,
  heading: "Flows",
  flow: "Kind of data",
  next: "Next run",
  last: "Last success",
  stop: "Stop",
  stopNamed: (flow: string) => `Stop ${flow.toLowerCase()}`,
  resume: "Go on",
  resumeNamed: (flow: string) => `Let ${flow.toLowerCase()} go on`,
  runNow: "Run now",
  runNamed: (flow: string) => `Run now: ${flow.toLowerCase()}`,
  running: "Running",
  stopped: "Stopped",
  stoppedSince: (at: string) => `Stopped since ${at}. What comes meanwhile waits, and nothing is lost.`,
  off: "Off",
  late: "Overdue",
  carried: "Carried",
  events: "As things happen",
  toldStopped: (flow: string) => `${flow}: stopped. Nothing is lost.`,
  toldResumed: (flow: string) => `${flow}: going on with what came meanwhile`,
  toldStarted: (flow: string) => `${flow}: running now`,
};
