// A long list that is all here already, drawn a page at a time.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { paged } from "./table_rows";

interface Given<Each> {
  all: Each[];
  head: ComponentChildren;
  children: (each: Each) => ComponentChildren;
}

/** `head` is the table's header row, `children` draws one row. */
export function Slices<Each>({ all, head, children }: Given<Each>) {
  const [wanted, turn] = useState(0);
  const page = paged(all, wanted);
  return (
    <s-table
      paginate={page.before || page.after}
      hasPreviousPage={page.before}
      hasNextPage={page.after}
      onPreviousPage={() => turn(page.at - 1)}
      onNextPage={() => turn(page.at + 1)}
    >
      {head}
      <s-table-body>{page.rows.map(children)}</s-table-body>
    </s-table>
  );
}
