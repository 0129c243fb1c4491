// What every view of a connection's mapping has: its heading, the way to the others, and which connection it is of.
import type { ComponentChildren } from "preact";
import { texts } from "../../texts";
import { Connected } from "../connected";
import { Barred } from "../may";
import { DraftBar } from "./draft_bar";
import { useWay } from "./way";

/** Where each of them is; the first is the mapping's own address. */
export const PLACES = {
  rules: "/mapping",
  tables: "/mapping/tables",
  rates: "/mapping/rates",
  versions: "/mapping/versions",
} as const;

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
            <Barred needs="WRITE_MAPPINGS" />
            <DraftBar connection={connection} />
            {children(connection)}
          </>
        )}
      </Connected>
    </s-page>
  );
}

/** The chosen connection goes along from one view to the next. */
function Ways({ at }: { at: Place }) {
  const to = useWay();
  const places = Object.entries(PLACES) as [Place, string][];
  if (places.length < 2) return null;
  return (
    <s-stack direction="inline" gap="small-200" accessibilityRole="navigation" accessibilityLabel={texts.mapping.which}>
      {places.map(([place, path]) => (
        <s-button key={place} href={to(path)} variant={place === at ? "secondary" : "tertiary"}>
          {texts.mapping.views[place]}
        </s-button>
      ))}
    </s-stack>
  );
}
