// Reports: whether both sides agree, by day, and what else can be looked up and saved.
import { Connected } from "../../components/connected";
import { InTurn } from "../../components/in_turn";
import { BothSides } from "../../components/reports/both_sides";
import { Comparisons } from "../../components/reports/comparisons";
import { local } from "../../components/shown";
import { reports as words } from "../../texts/reports";

export function Reports() {
  return (
    <s-page heading={words.heading}>
      <Connected>
        {(connection) => (
          <InTurn>
            <BothSides connection={connection} />
            <Comparisons connection={connection} />
            <>
              <s-section heading={words.products}>
                <s-stack gap="small">
                  <s-text color="subdued">{words.productsMore}</s-text>
                  <s-link href={`/reports/products?connection=${local(connection)}`}>{words.products}</s-link>
                </s-stack>
              </s-section>
              <s-section heading={words.payouts}>
                <s-text color="subdued">{words.payoutsMore}</s-text>
              </s-section>
            </>
          </InTurn>
        )}
      </Connected>
    </s-page>
  );
}
