// What a person wishes of the flows of a connection: as they are set, as they are to be, and what has to be sent for it.
import type { Flow, FlowChangeInput, FlowTableQuery, Owner } from "../../api/typed";
import { flows as words } from "../../texts/flows";

type Row = FlowTableQuery["flowTable"][number];

/** `cadence` is a preset's name or OWN; then `own` is the expression. */
export interface Wish {
  owner: Owner;
  on: boolean;
  cadence: string;
  own: string;
}

export type Wishes = Partial<Record<Flow, Wish>>;

export const USUAL = "usual";
export const OWN = "own";

export function wishesOf(rows: Row[]): Wishes {
  return Object.fromEntries(rows.map((row) => [row.flow, wishOf(row)]));
}

function wishOf({ owner, on, cadence, cadenceChosen }: Row): Wish {
  if (!cadence || !cadenceChosen) return { owner, on, cadence: USUAL, own: "" };
  const preset = cadence in words.cadence;
  return { owner, on, cadence: preset ? cadence : OWN, own: preset ? "" : cadence };
}

/** What is said of a flow's cadence to the API. */
export function saidOf({ cadence, own }: Wish): string {
  return cadence === OWN ? own.trim() : cadence;
}

/** The changes that lead from one to the other, flow by flow. */
export function changesOf(was: Wishes, now: Wishes): { flow: Flow; input: FlowChangeInput }[] {
  return (Object.keys(now) as Flow[]).flatMap((flow) => {
    const [before, after] = [was[flow], now[flow]];
    if (!before || !after) return [];
    const input: FlowChangeInput = {
      ...(before.owner === after.owner ? {} : { owner: after.owner }),
      ...(before.on === after.on ? {} : { on: after.on }),
      ...(saidOf(before) === saidOf(after) ? {} : { cadence: saidOf(after) }),
    };
    return Object.keys(input).length ? [{ flow, input }] : [];
  });
}
