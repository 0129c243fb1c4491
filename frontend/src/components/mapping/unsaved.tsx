// What a form's save bar goes by where its fields come and go with the page: one hidden field holds all that was changed.
import { useEffect, useRef } from "preact/hooks";

interface Given {
  of: string;
  refused: unknown;
}

/**
 * `of` is empty where nothing was changed. The bar looks when somebody types; of other changes it is told here, and that what
 * was to be saved was `refused`, another thing each time: until then it took it as saved.
 */
export function Unsaved({ of, refused }: Given) {
  const field = useRef<HTMLInputElement>(null);
  const before = useRef(of);
  useEffect(() => {
    if (of) field.current?.dispatchEvent(new Event("change", { bubbles: true }));
    else if (before.current) field.current?.form?.reset();
    before.current = of;
  }, [of, refused]);
  return <input ref={field} type="hidden" name="unsaved" value={of} />;
}
