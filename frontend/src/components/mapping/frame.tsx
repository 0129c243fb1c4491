// What every view of a connection's mapping has: its heading, the way to the others, and which connection it is of.
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { texts } from "../../texts";
import { Connected } from "../connected";

/** Where each of them is; the first is the mapping's own address. */
export const PLACES = { rules: "/mapping" } as const;

export type Place = keyof typeof PLACES;

interface Given {
  at: Place;
  children: (connection: string) => ComponentChildren;
}

export function MappingFrame({ at, children }: Given) {
  return (
    <s-page heading={texts.mapping.heading}>
      <Connected>
        {(connection) => (
          <>
            <Ways at={at} />
            {children(connection)}
          </>
        )}
      </Connected>
    </s-page>
  );
}

/** The chosen connection goes along from one view to the next. */
function Ways({ at }: { at: Place }) {
  const { url } = useLocation();
  const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  const places = Object.entries(PLACES) as [Place, string][];
  if (places.length < 2) return null;
  return (
    <s-stack direction="inline" gap="small-200" accessibilityRole="navigation" accessibilityLabel={texts.mapping.which}>
      {places.map(([place, path]) => (
        <s-button key={place} href={`${path}${search}`} variant={place === at ? "secondary" : "tertiary"}>
          {texts.mapping.views[place]}
        </s-button>
      ))}
    </s-stack>
  );
}
