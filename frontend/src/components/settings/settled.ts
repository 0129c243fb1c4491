// A text that is being written, as it was once nobody wrote any more for a moment.
import { useEffect, useState } from "preact/hooks";

const PAUSE = 400;

export function useSettled(text: string): string {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
