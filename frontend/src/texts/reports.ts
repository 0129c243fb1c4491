// What the reports say: both sides by day, what one comparison found, products.
import type { FindingKind, ReconciliationKind, ReconciliationState, SkuFault } from "../api/typed";

const kind: Record<ReconciliationKind, string> = { ORDERS: "Orders", STOCK: "Stock", PRICES: "Prices" };

const state: Record<ReconciliationState, string> = { RUNNING: "Comparing", DONE: "Compared", FAILED: "Came to nothing" };

const finding: Record<FindingKind, string> = {
  UNHEARD: "Nobody had heard of it",
  MISSING: "Missing in the ERP",
  DUPLICATE: "Twice in the ERP",
  UNKNOWN: "In the ERP alone",
  DRIFT: "Drifted",
};

const fault: Record<SkuFault, string> = {
  BLANK_IN_STORE: "No SKU in the shop",
  BLANK_IN_HOST: "No SKU in the ERP",
  DUPLICATE_IN_STORE: "Twice in the shop",
  DUPLICATE_IN_HOST: "Twice in the ERP",
  CASE: "Other capitals",
  MISSING_IN_STORE: "Only in the ERP",
  MISSING_IN_HOST: "Only in the shop",
};

export const reports = {
  kind,
  state,
  finding,
  fault,
  heading: "Reports",
  days: "Do both sides agree?",
  range: "Days",
  days7: "The last 7 days",
  days30: "The last 30 days",
  csv: "Save as CSV",
  csvNamed: (what: string) => `Save as CSV: ${what}`,
  notSaved: "The file could not be saved.",
  agree: "Both sides agree",
  agreeMore: (orders: number) => `${orders === 1 ? "1 order" : `${orders} orders`}, with a document each and the same totals.`,
  differ: (days: number) => (days === 1 ? "1 day differs" : `${days} days differ`),
  differMore: "Orders that are on their way, held or left out have no document yet. Each comparison says which they are.",
  uncompared: (days: number) => (days === 1 ? "1 day was not compared" : `${days} days were not compared`),
  uncomparedMore: "The last two days are compared twice a day, the last thirty once a week. Nothing is made up for the others.",
  day: "Day",
  shop: "Shop",
  erp: "ERP",
  orders: (count: number) => (count === 1 ? "1 order" : `${count} orders`),
  documents: (count: number) => (count === 1 ? "1 document" : `${count} documents`),
  difference: "Difference",
  result: "Result",
  equal: "Equal",
  differs: "Differs",
  notCompared: "Not compared",
  total: (currency: string) => `Total ${currency}`,
  comparisons: "Comparisons",
  compared: "Compared",
  span: "Days",
  found: "Found",
  nothing: "Nothing",
  none: "No comparison yet",
  noneMore: "Both lists are compared twice a day, once the connection is live.",
  products: "Products and SKUs",
  productsMore: "What the ERP told of its items, and SKUs that do not fit.",
  payouts: "Payouts against the ERP's payments",
  payoutsMore:
    "Not available: it takes Shopify's permission to read payouts, which this app does not ask for, and an ERP that lists the payments it booked, which none here does.",
};

export const report = {
  back: "Reports",
  gone: "There is no such comparison",
  heading: (kind: string) => `${kind} compared`,
  by: "Started by",
  looked: "Looked at again by itself",
  heal: "Heal",
  healMore: "Exactly what is missing or drifted is made again. Nothing is sent twice: each is looked up first.",
  healed: (count: number) => (count === 1 ? "1 is made again" : `${count} are made again`),
  healedAt: "Healed",
  findings: "What differs",
  none: "Nothing differs",
  what: "What",
  which: "Which",
  ours: "Should be",
  theirs: "Was",
};

export const products = {
  heading: "Products and SKUs",
  back: "Reports",
  faults: "SKUs that do not fit",
  noFaults: "Every SKU fits",
  noFaultsMore: "Both sides have each SKU once, written alike.",
  unread: "This could not be put together",
  sku: "SKU",
  fault: "What is wrong",
  inShop: "In the shop",
  inErp: "In the ERP",
  times: (text: string | null | undefined, count: number) => (text ? `${text}${count > 1 ? ` (${count} times)` : ""}` : "—"),
  items: "What the ERP told of its items",
  search: "Search by SKU",
  name: "Name",
  price: "Price",
  quantity: "Quantity",
  active: "Sold",
  yes: "Yes",
  no: "No",
  state: "Product",
  noItems: "Nothing told yet",
  noItemsMore: "Items appear here once products are carried and the ERP was read.",
  nothing: "No SKU matches",
  nothingMore: "Try the beginning of another SKU.",
};
