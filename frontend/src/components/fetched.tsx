// A part of a view whose script is fetched when it is first wanted: a view begins with what it shows, and no more.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { texts } from "../texts";

/** Until the script is there its place says so; one that does not arrive is said, and no other part of the view is lost. */
export function fetched<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let found: ComponentType<Props> | undefined;
  return function Part(props: Props) {
    const [, draw] = useState(false);
    const [failed, fail] = useState(false);
    const get = () => {
      fail(false);
      load().then(
        (part) => {
          found = part;
          draw(true);
        },
        () => fail(true),
      );
    };
    useEffect(() => {
      if (!found) get();
    }, []);
    if (found) {
      const Found = found;
      return <Found {...props} />;
    }
    return failed ? <Missing again={get} /> : <Coming />;
  };
}

function Coming() {
  return (
    <s-box background="subdued" borderRadius="base" padding="base" minBlockSize="220px">
      <s-spinner accessibilityLabel={texts.general.loading} />
    </s-box>
  );
}

function Missing({ again }: { again: () => void }) {
  return (
    <s-banner tone="critical" heading={texts.views.missing}>
      <s-paragraph>{texts.views.missingMore}</s-paragraph>
      <s-button slot="secondary-actions" onClick={again}>
        {texts.general.again}
      </s-button>
    </s-banner>
  );
}
