// A field of the order dragged onto a rule: the same as choosing it in that rule's list.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ofWhat } from "./rule_sources";
import type { Of, Source } from "./rule_sources";

const OF: Record<Of, string> = {
  ORDER: "application/x-stockbridge-field",
  LINE: "application/x-stockbridge-line-field",
  PAYMENT: "application/x-stockbridge-payment-field",
};
const OF_GATES = "application/x-stockbridge-gate-field";

export function Dragged({ source, children }: { source: Source; children: ComponentChildren }) {
  const take = (event: DragEvent) => {
    event.dataTransfer?.setData(source.gatesOnly ? OF_GATES : OF[ofWhat(source)], source.path);
    event.dataTransfer?.setData("text/plain", source.label);
  };
  return (
    <div role="listitem" draggable style={{ cursor: "grab" }} onDragStart={take}>
      {children}
    </div>
  );
}

interface Given {
  /** What the rule is about: fields of each of these may be put here beside the order's. */
  of: Of;
  /** Whether those that only gates may ask about may. */
  gate?: boolean;
  put: (path: string) => void;
  children: ComponentChildren;
}

export function Drop({ of, gate, put, children }: Given) {
  const [over, mark] = useState(false);
  const kinds = [OF.ORDER, OF[of], ...(gate ? [OF_GATES] : [])];
  const carried = (event: DragEvent) => kinds.find((kind) => event.dataTransfer?.types.includes(kind));
  const hover = (event: DragEvent) => {
    if (!carried(event)) return;
    event.preventDefault();
    event.stopPropagation();
    mark(true);
  };
  const leave = (event: DragEvent & { currentTarget: HTMLElement }) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) mark(false);
  };
  const drop = (event: DragEvent) => {
    const kind = carried(event);
    if (!kind) return;
    event.preventDefault();
    event.stopPropagation();
    mark(false);
    put(event.dataTransfer?.getData(kind) ?? "");
  };
  const outline = over ? { outline: "2px dashed #005bd3", outlineOffset: "4px", borderRadius: "8px" } : {};
  return (
    <div style={outline} onDragEnter={hover} onDragOver={hover} onDragLeave={leave} onDrop={drop}>
      {children}
    </div>
  );
}
