// What the views of settings decide by themselves: which ticks are changes, whose roles one may give, and what a day is.
import { describe, expect, it } from "vitest";
import { reaches } from "../src/components/settings/member_line";
import { changed, ticked } from "../src/components/settings/permission_ticks";
import { asked } from "../src/pages/settings/audit";

const viewer = {
  role: "VIEWER" as const,
  permissions: ["READ_STATUS" as const, "READ_RECORDS" as const],
  fixed: ["READ_STATUS" as const, "MANAGE_PERMISSIONS" as const],
};

describe("ticks", () => {
  it("are changes only where they differ from what is held", () => {
    expect(changed([viewer], {})).toEqual([]);
    expect(changed([viewer], { "VIEWER READ_RECORDS": true, "VIEWER WRITE_RETRY": false })).toEqual([]);
    expect(changed([viewer], { "VIEWER READ_RECORDS": false, "VIEWER WRITE_RETRY": true })).toEqual([
      { role: "VIEWER", permissions: ["READ_STATUS", "WRITE_RETRY"] },
    ]);
  });

  it("never touch what is fixed, nor another role", () => {
    const wish = { "VIEWER READ_STATUS": false, "VIEWER MANAGE_PERMISSIONS": true, "MANAGER READ_RECORDS": false };
    expect(changed([viewer], wish)).toEqual([]);
    expect(ticked(viewer, wish, "READ_STATUS")).toBe(true);
    expect(ticked(viewer, wish, "MANAGE_PERMISSIONS")).toBe(false);
  });
});

describe("roles", () => {
  it("reach down to their own and no higher", () => {
    expect(reaches("OWNER", "OWNER")).toBe(true);
    expect(reaches("MANAGER", "OWNER")).toBe(false);
    expect(reaches("MANAGER", "VIEWER")).toBe(true);
    expect(reaches(null, "VIEWER")).toBe(false);
  });
});

describe("days", () => {
  it("end with the moment after their last", () => {
    const sought = { actor: "", action: "token.create", since: "2026-11-20", until: "2026-11-20" };
    const { since, until, actor, action } = asked(sought);
    expect([actor, action]).toEqual([null, "token.create"]);
    expect(new Date(until ?? "").getTime() - new Date(since ?? "").getTime()).toBe(86_400_000);
  });
});
