// The admin's save bar for what no field of a form shows: App Bridge looks at a form's fields when one of them says it changed.
import { useEffect, useRef, useState } from "preact/hooks";

/** `told` goes into a hidden field of the form, another text after every change. `mark` is another object after each. */
export function useSaveBar(dirty: boolean, mark: unknown) {
  const field = useRef<HTMLInputElement>(null);
  const shown = useRef(false);
  const [count, go] = useState(0);
  useEffect(() => {
    if (!dirty && !shown.current) return;
    shown.current = dirty;
    go((before) => before + 1);
  }, [dirty, mark]);
  useEffect(() => {
    if (count) field.current?.dispatchEvent(new Event("change", { bubbles: true }));
  }, [count]);
  return {
    field,
    told: dirty ? String(count) : "",
    /** The form was submitted or reset: App Bridge has put its bar away by itself. */
    away: () => void (shown.current = false),
    /** What was submitted is not stored: it is still to be saved. */
    again: () => {
      shown.current = true;
      go((before) => before + 1);
    },
  };
}
