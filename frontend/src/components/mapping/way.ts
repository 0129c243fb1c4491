// Addresses within the mapping: the chosen connection goes along from one view to the next, and nothing else does.
import { useLocation } from "preact-iso";

export type Given = Record<string, string | number | null | undefined>;

export function way(path: string, connection: string | undefined, given: Given = {}): string {
  const all = Object.entries({ ...given, connection }).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(all.map(([name, value]) => [name, String(value)])).toString();
  return search ? `${path}?${search}` : path;
}

export function useWay(): (path: string, given?: Given) => string {
  const { query } = useLocation();
  return (path, given) => way(path, query["connection"], given);
}
