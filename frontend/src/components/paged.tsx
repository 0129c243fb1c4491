// A table of one page of a list: forward by the page's last cursor, back by those that led here.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

/** `after` is the cursor of the page that is shown; null on the first. */
export interface Pages {
  after: string | null;
  first: boolean;
  next: (cursor: string) => void;
  back: () => void;
}

/** `sought` is what the list was asked for: another question begins on its first page. */
export function usePages(sought = ""): Pages {
  const [at, go] = useState<{ sought: string; trail: string[] }>({ sought, trail: [] });
  const trail = at.sought === sought ? at.trail : [];
  return {
    after: trail.at(-1) ?? null,
    first: trail.length === 0,
    next: (cursor) => go({ sought, trail: [...trail, cursor] }),
    back: () => go({ sought, trail: trail.slice(0, -1) }),
  };
}

interface Given {
  pages: Pages;
  info: { hasNextPage: boolean; endCursor?: string | null };
  children: ComponentChildren;
}

/** `children` are the table's own: its header row and its body. */
export function PagedTable({ pages, info, children }: Given) {
  return (
    <s-table
      paginate={info.hasNextPage || !pages.first}
      hasNextPage={info.hasNextPage}
      hasPreviousPage={!pages.first}
      onNextPage={() => info.endCursor && pages.next(info.endCursor)}
      onPreviousPage={pages.back}
    >
      {children}
    </s-table>
  );
}
