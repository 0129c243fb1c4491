// Whatever a view asks may fail or take its time: each question is drawn in all its states, or says here who draws it.
import { describe, expect, it } from "vitest";
import { routes, sources, whole } from "./sources";

/** Questions that are drawn by whoever asks them, or that a field does without. */
const ELSEWHERE: Record<string, string> = {
  "components/may.tsx": "until it is known nothing is shut, and the API decides",
  "components/flows.ts": "the tables and forms of flows draw it",
  "components/records/where.tsx": "a choice that is not there leaves the others",
  "components/settings/audit_filters.tsx": "a choice that is not there leaves the others",
  "components/settings/flow_fields.tsx": "the next times stand below a field that needs none",
  "components/setup/practice.tsx": "a switch that is shut until it is known",
  "components/mapping/rule_trial.ts": "the result of a trial draws it",
  "components/mapping/draft_standing.ts": "the bar of the draft draws it",
  "components/mapping/keys.ts": "a key may be written instead of chosen",
  "components/mapping/preview_choice.tsx": "the preview beside it draws what fails",
  "components/mapping/version_compare.tsx": "a choice that is not there leaves the others",
  "components/mapping/unmapped_values.ts": "gone where there is nothing to be told",
};

const asking = [...sources.values()].filter(({ path, text }) => !path.includes("/api/") && /\buseQuery(<[^>]*>)?\(/.test(text));
const drawn = (text: string) => text.includes("<Answer") || /\b(isError|\.error)\b/.test(text);
const short = (path: string) => path.replace("../src/", "");

describe("what is asked", () => {
  it("is drawn while it is awaited, when it fails, and when there is nothing", () => {
    const bare = asking.filter(({ path, text }) => !drawn(text) && !(short(path) in ELSEWHERE));
    expect(bare.map(({ path }) => short(path))).toEqual([]);
  });

  it("is excused by name only where it is so", () => {
    const known = new Set(asking.filter(({ text }) => !drawn(text)).map(({ path }) => short(path)));
    expect(Object.keys(ELSEWHERE).filter((path) => !known.has(path))).toEqual([]);
  });
});

describe.each([...routes])("%s", (_, path) => {
  it("has an answer that loads, fails, is empty or is there", () => {
    const parts = [...whole(path)].map((each) => sources.get(each)?.text ?? "");
    expect(parts.some((text) => text.includes("<Answer"))).toBe(true);
  });
});
