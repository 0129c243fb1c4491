// Up, down and away: the small buttons at the end of a row that has its place in a list.
import { texts } from "../../texts/mapping_rules";
import { focusSoon } from "./rule_kit";

interface Given {
  /** What the row is called, as in “step 2”. */
  what: string;
  id: string;
  first?: boolean;
  last?: boolean;
  /** Left out where the order means nothing. */
  move?: (by: 1 | -1) => void;
  remove: () => void;
}

export function RowTools({ what, id, first, last, move, remove }: Given) {
  const go = (by: 1 | -1) => {
    move?.(by);
    focusSoon(`${by < 0 ? "up" : "down"}-${id}`);
  };
  return (
    <s-stack direction="inline" gap="none" alignItems="center" justifyContent="end">
      {move && !(first && last) && (
        <>
          <s-button id={`up-${id}`} variant="tertiary" icon="arrow-up" accessibilityLabel={texts.up(what)} disabled={first} onClick={() => go(-1)} />
          <s-button id={`down-${id}`} variant="tertiary" icon="arrow-down" accessibilityLabel={texts.down(what)} disabled={last} onClick={() => go(1)} />
        </>
      )}
      <s-button variant="tertiary" icon="delete" accessibilityLabel={texts.away(what)} onClick={remove} />
    </s-stack>
  );
}
