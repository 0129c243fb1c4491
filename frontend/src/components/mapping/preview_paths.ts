// Places in a message to the ERP, as people read them; pure.
import { worded } from "../tree";

const AROUND = /^(document\.)?(body\.)?/;

/** `document.lines[0].tax_code` reads as “lines 1 · tax code”; what everything is inside of is left out. */
export function place(path: string): string {
  const parts = path.replace(AROUND, "").split(".");
  return parts.map((part) => worded(part.replaceAll(/\[(\d+)\]/g, (_, at: string) => ` ${Number(at) + 1}`))).join(" · ");
}

export function exact(message: unknown): string {
  return JSON.stringify(message, null, 2);
}

/** Whether the next request is another than the document's first one. */
export function further(payload: unknown, document: unknown): boolean {
  return payload !== null && payload !== undefined && JSON.stringify(payload) !== JSON.stringify(document);
}
