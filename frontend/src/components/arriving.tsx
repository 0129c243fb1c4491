// A view whose script is fetched when it is first opened: the view before it stays until then.
import type { ComponentType } from "preact";
import { lazy } from "preact-iso";
import { texts } from "../texts";

/** `load` fetches the module, `picked` finds the view in it. A script that does not arrive is said, and may be asked for again. */
export function arriving<Module, Props>(load: () => Promise<Module>, picked: (module: Module) => ComponentType<Props>) {
  return lazy(() => load().then((module) => ({ default: picked(module) }), () => ({ default: Missing })));
}

/** After a release the old scripts are gone: only the whole document names the new ones. */
function Missing() {
  const words = texts.views;
  return (
    <s-page heading={words.missing}>
      <s-banner tone="critical" heading={words.missing}>
        <s-paragraph>{words.missingMore}</s-paragraph>
        <s-button slot="secondary-actions" onClick={() => location.reload()}>
          {words.reload}
        </s-button>
      </s-banner>
    </s-page>
  );
}
