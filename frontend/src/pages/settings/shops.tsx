// The organisation's shops: the list of them, a code that lets one more in, and this one going to another organisation.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { ShopsDocument } from "../../api/typed";
import type { ShopsQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Barred } from "../../components/may";
import { SettingsFrame } from "../../components/settings/frame";
import { ShopCode } from "../../components/settings/shop_code";
import { ShopJoin } from "../../components/settings/shop_join";
import { when } from "../../components/shown";
import { shops as words } from "../../texts/shops";

export function SettingsShops() {
  const query = useQuery({ queryKey: ["shops"], queryFn: () => ask(ShopsDocument, {}) });
  return (
    <SettingsFrame heading={words.heading}>
      <Barred needs="MANAGE_SHOPS" />
      <Answer query={query}>
        {(data) => (
          <>
            <Listed of={data} />
            <ShopCode />
            <Going of={data} />
          </>
        )}
      </Answer>
    </SettingsFrame>
  );
}

function Listed({ of: { shop, connections } }: { of: ShopsQuery }) {
  return (
    <s-section heading={words.list} padding="none">
      <s-box padding="base" paddingBlockStart="none">
        <s-text color="subdued">{words.listMore}</s-text>
      </s-box>
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.shop}</s-table-header>
          <s-table-header listSlot="inline">{words.state}</s-table-header>
          <s-table-header listSlot="labeled">{words.since}</s-table-header>
          <s-table-header listSlot="labeled" format="numeric">
            {words.joined}
          </s-table-header>
        </s-table-header-row>
        <s-table-body>
          {shop.organisation.shops.map((each) => (
            <s-table-row key={each.id}>
              <s-table-cell>
                <s-stack direction="inline" gap="small-200" alignItems="center">
                  <s-text type="strong">{each.domain}</s-text>
                  {each.id === shop.id && <s-badge tone="info">{words.here}</s-badge>}
                </s-stack>
              </s-table-cell>
              <s-table-cell>{each.stateSentence ?? words.states[each.state]}</s-table-cell>
              <s-table-cell>{when(each.installedAt)}</s-table-cell>
              <s-table-cell>{connections.filter((joined) => joined.shop.id === each.id).length}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}

function Going({ of: { shop, connections } }: { of: ShopsQuery }) {
  const own = connections.filter((joined) => joined.shop.id === shop.id);
  return (
    <ShopJoin
      left={shop.organisation.shops.length - 1}
      connected={own.some(({ practice }) => !practice)}
      practises={own.some(({ practice }) => practice)}
    />
  );
}
