// The way from one view to another: what is unsaved is asked about first.
import { useLocation } from "preact-iso";

/** Who stays is asked again the next time; nothing is followed then. */
export function useLeaving(): (href: string) => void {
  const { route } = useLocation();
  return (href) => void shopify.saveBar.leaveConfirmation().then(() => route(href));
}
