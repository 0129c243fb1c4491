// What is said of the values that orders wait for, and what look-up tables are called.

/** What has no SKU, and is booked on an item of the ERP's all the same. */
const special: Record<string, string> = {
  shipping: "Shipping",
  gift_card: "Gift cards",
  tip: "Tips",
  duty: "Duties",
  fee: "Fees",
  custom: "Custom lines",
  rounding: "Roundings",
  adjustment: "Adjustments",
  unknown: "What the ERP does not know",
};

/** What a table's left side is, for one value. */
const values: Record<string, (value: string) => string> = {
  payments: (value) => `Payment method “${value}”`,
  taxes: (value) => `Tax “${value}”`,
  shipping: (value) => `Shipping method “${value}”`,
  locations: (value) => `Location “${value}”`,
  items: (value) => `Item “${value}”`,
  special: (value) => `Item for “${special[value] ?? value}”`,
  codes: (value) => `Further field “${value}”`,
  carriers: (value) => `Carrier “${value}”`,
  products: (value) => `Filter “${value}”`,
  subsidiaries: (value) => `Subsidiary “${value}”`,
  departments: (value) => `Department “${value}”`,
  classes: (value) => `Class “${value}”`,
  currencies: (value) => `Currency “${value}”`,
  customer_groups: (value) => `Customer group “${value}”`,
};

const names: Record<string, string> = {
  payments: "Payment methods",
  taxes: "Taxes",
  shipping: "Shipping methods",
  locations: "Locations",
  items: "Items",
  special: "Special items",
  codes: "Further fields",
  carriers: "Carriers",
  products: "Product filters",
  subsidiaries: "Subsidiaries",
  departments: "Departments",
  classes: "Classes",
  currencies: "Currencies",
  customer_groups: "Customer groups",
};

const FREE = "free:";

const named = (table: string) => names[table] ?? table.replace(FREE, "");

export const unmapped = {
  named,
  special,
  ours: Object.keys(names),
  value: (table: string, value: string) => {
    if (value === "*") return `${named(table)}: everything else`;
    return values[table]?.(value) ?? `“${value}” in ${named(table)}`;
  },
  unknown: (code: string) => `${code} (the ERP has none)`,
  heading: "Not mapped yet",
  waits: (count: string, one: boolean) => (one ? "1 order waits" : `${count} orders wait`),
  since: (when: string) => `since ${when}`,
  in: (connection: string) => `in ${connection}`,
  code: (what: string) => `${what}: the ERP's code`,
  enter: "The ERP's code",
  choose: "Choose the ERP's code",
  looking: "Asking the ERP for its codes…",
  map: "Map and send",
  mapThis: (what: string) => `Map and send: ${what}`,
  missing: "Say what the ERP is to be told.",
  mapped: (count: number) => (count === 1 ? "Mapped. 1 order runs again." : `Mapped. ${count} orders run again.`),
  running: (code: string, left: string, one: boolean) =>
    one ? `Mapped to ${code}. 1 order still runs again.` : `Mapped to ${code}. ${left} orders still run again.`,
  stuck: (code: string) => `Mapped to ${code}, and these still wait. Is the connection paused, or does the ERP not know that code?`,
  more: "Show all that is not mapped",
  show: "Show orders",
};
