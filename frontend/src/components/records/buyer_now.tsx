// What the shop and the ERP say of a buyer at this moment: asked once when it is looked at, and kept nowhere.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { BuyerToldDocument } from "../../api/typed";
import type { BuyerQuery, BuyerToldQuery } from "../../api/typed";
import { texts } from "../../texts";
import { buyers } from "../../texts/buyers";
import { Answer } from "../answer";
import { Facts } from "../facts";
import { money, when } from "../shown";
import { Standing, path } from "./rows";

type Customer = NonNullable<BuyerQuery["buyer"]>["customer"];
type Told = NonNullable<BuyerToldQuery["buyer"]>["told"];

interface Given {
  id: string;
  number: string | null | undefined;
  customer: Customer;
}

export function BuyerNow({ id, number, customer }: Given) {
  const query = useQuery({ queryKey: ["told", id], queryFn: () => ask(BuyerToldDocument, { id }), staleTime: 60_000 });
  return (
    <Answer query={query}>
      {(data) => (
        <s-section heading={buyers.told}>
          <s-stack gap="base">
            <s-text color="subdued">{buyers.toldMore}</s-text>
            {data.buyer && <Facts facts={[...facts(data.buyer.told, number), ...standing(customer)]} />}
          </s-stack>
        </s-section>
      )}
    </Answer>
  );
}

function facts(told: Told, number: string | null | undefined) {
  const { account, silent, untold } = told;
  return [
    { name: buyers.name, value: told.name ?? silent?.sentence ?? buyers.nameless },
    ...(told.company ? [{ name: buyers.company, value: told.company }] : []),
    { name: buyers.number, value: number ?? texts.general.unknown },
    { name: buyers.owed, value: account ? money(account.owed) : (untold?.sentence ?? buyers.unknown) },
    ...(account ? [{ name: buyers.limit, value: account.limit ? money(account.limit) : (account.untold ?? buyers.unlimited) }] : []),
    ...(account?.asOf ? [{ name: buyers.asOf, value: when(account.asOf) }] : []),
  ];
}

function standing(customer: Customer) {
  if (!customer) return [];
  const value = (
    <s-link href={path({ id: customer.id, kind: "CUSTOMER" })}>
      <Standing kind="CUSTOMER" state={customer.state} />
    </s-link>
  );
  return [{ name: buyers.standing, value }];
}
