// What is said of API tokens: fetched with their view.
import type { ApiScope } from "../api/typed";

const scopes: Record<ApiScope, string> = {
  READ_STATUS: "How everything stands",
  READ_RECORDS: "Orders, other records, stock and mappings",
  WRITE_RETRY: "Having orders and flows run again",
  WRITE_MAPPINGS: "Changing and publishing mappings",
  ADMIN: "Everything",
};

export const tokens = {
  heading: "API tokens",
  more: "A tool of yours asks our API with a token of its own. It may do what its scopes say, in this organisation alone.",
  make: "Make a token",
  name: "What will use it",
  nameMore: "Such as the reporting tool, or a script.",
  may: "What it may do",
  scopes,
  ends: "It ends",
  lives: [
    { days: "30", label: "In 30 days" },
    { days: "90", label: "In 90 days" },
    { days: "365", label: "In a year" },
    { days: "", label: "When it is revoked" },
  ],
  create: "Make the token",
  made: (name: string) => `The token for ${name}`,
  once: "Copy it now: it is shown this once, and kept by nobody.",
  token: "Token",
  copy: "Copy",
  copied: "Copied.",
  uncopied: "It could not be copied. Select it and copy it yourself.",
  done: "I have it",
  list: "Tokens",
  empty: "No tokens yet",
  emptyMore: "Make one above for the first tool that asks.",
  scope: "May",
  begun: "Made",
  used: "Last used",
  state: "Ends",
  never: "When revoked",
  revoked: (when: string) => `Revoked ${when}`,
  ended: (when: string) => `Ended ${when}`,
  revoke: "Revoke",
  revokeOf: (name: string) => `Revoke the token for ${name}`,
  revokeMore: "Whatever uses it is refused from now on. This can't be taken back; another token can be made.",
  gone: "The token was revoked.",
};
