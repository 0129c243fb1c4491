// Parts of a view one below the other: each is shown once those above it have their answer, so that none is pushed down.
import { createContext, toChildArray } from "preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export const Turn = createContext<() => void>(() => undefined);

/** A part is done when an `Answer` in it has one, or says why it has none. What stays shown is not taken away again. */
export function InTurn({ children }: { children: ComponentChildren }) {
  const [shown, show] = useState(1);
  return (
    <>
      {toChildArray(children)
        .slice(0, shown)
        .map((part, place) => (
          <Turn.Provider key={place} value={() => show((most) => Math.max(most, place + 2))}>
            {part}
          </Turn.Provider>
        ))}
    </>
  );
}
