// The one element of App Bridge that Polaris's types leave out.
import type { ComponentChildren } from "preact";

declare module "preact" {
  namespace createElement.JSX {
    interface IntrinsicElements {
      "s-app-nav": { children?: ComponentChildren };
    }
  }
}
