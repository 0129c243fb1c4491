// The sentences that every view of the mapping shares.
export const mapping = {
  heading: "Mapping",
  views: { rules: "Rules", tables: "Tables", rates: "Exchange rates", versions: "Versions" },
  which: "What of the mapping is shown",
  inForce: (number: number) => `Version ${number} is in force`,
  since: (who: string, when: string) => `Published by ${who}, ${when}`,
  none: "Nothing is mapped yet",
  noneMore: "Orders wait with what they lack, and nothing is guessed, until it is mapped.",
  people: (actor: string) =>
    actor.startsWith("staff:") ? "a person" : actor.startsWith("feed:") ? `the feed of ${actor.slice(5)}` : "a tool",
};
