// An order that nobody has heard of: it may be in the shop all the same.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { OrderLookUpDocument } from "../../api/typed";
import { records } from "../../texts/records";
import { useChange } from "../change";
import { Press } from "../press";
import { local } from "../shown";

export function Unheard({ name }: { name: string }) {
  const said = records.list;
  const { route } = useLocation();
  const [absent, tell] = useState(false);
  const look = useChange(
    OrderLookUpDocument,
    (result) => result.orderLookUp,
    ({ orders: [found] }) => {
      tell(!found);
      if (!found) return said.notThere(name);
      route(`/orders/${local(found.id)}`);
      return said.lookedUp;
    },
  );
  return (
    <s-empty-state heading={absent ? said.notThere(name) : said.unheard(name)}>
      <s-text slot="subheading">{absent ? said.nothingMore : said.unheardMore}</s-text>
      <Press slot="primary-action" of={look} onClick={() => look.mutate({ name })}>
        {said.lookUp}
      </Press>
    </s-empty-state>
  );
}
