// What an order holds: its fields in groups, with the values of a real one, to look at and to drag onto rules.
import { useQuery } from "@tanstack/preact-query";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/door";
import { OrderHeldDocument } from "../../api/typed";
import type { OrderHeldQuery } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { sentence, when } from "../shown";
import { OrderChoice } from "./order_choice";
import type { Chosen } from "./order_choice";
import { Dragged } from "./rule_drag";
import { grouped, ofWhat, short, sought } from "./rule_sources";
import type { Group, Source } from "./rule_sources";

interface Given {
  connection: string;
  sources: Source[];
  order: Chosen | null;
  choose: (order: Chosen | null) => void;
}

type Values = NonNullable<OrderHeldQuery["mappingOrderValues"]>;

const WIDE = "(min-width: 800px)";

/** Beside the rules it stays in sight, so that whatever is dragged has not far to go. */
const STUCK = { position: "sticky", top: "16px", maxHeight: "calc(100vh - 32px)", overflowY: "auto", padding: "1px", margin: "-1px" } as const;

export function OrderTree({ connection, sources, order, choose }: Given) {
  const words = texts.order;
  const [typed, search] = useState("");
  const [nth, pick] = useState({ LINE: 0, PAYMENT: 0 });
  const query = useQuery({
    queryKey: ["mapping", connection, "held", order?.id],
    queryFn: () => ask(OrderHeldDocument, { connection, order: order?.id ?? "" }),
    enabled: order !== null,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const held = query.data?.mappingOrderValues ?? undefined;
  const parts = { LINE: named(held?.lines, "title"), PAYMENT: named(held?.payments, "method"), ORDER: [] };
  const shown = (["LINE", "PAYMENT"] as const).flatMap((of) => (parts[of][nth[of]] ?? parts[of][0])?.values ?? []);
  const values = new Map([...(held?.values ?? []), ...shown].map(({ path, text }) => [path, text]));
  const groups = grouped(sought(sources, typed, values));
  const wide = useWide();
  return (
    <div style={wide ? STUCK : {}}>
      <s-section heading={words.heading}>
        <s-stack gap="base">
          <OrderChoice connection={connection} chosen={order} choose={choose} />
          <Unread held={held} error={query.error} asked={order !== null} />
          <s-search-field
            label={words.search}
            labelAccessibilityVisibility="exclusive"
            placeholder={words.search}
            value={typed}
            onInput={(event) => search(event.currentTarget.value)}
          />
          <s-text color="subdued">{words.drag}</s-text>
          {groups.length === 0 && <s-text>{words.nothing}</s-text>}
          {groups.map((group, at) => {
            const of = group.sources[0] ? ofWhat(group.sources[0]) : "ORDER";
            return (
              <Fields key={group.name} group={group} values={values} known={held?.order != null} open={typed !== "" || (at === 0 && wide)}>
                {of !== "ORDER" && parts[of].length > 1 && (
                  <OneOf label={words.one[of]} parts={parts[of]} nth={nth[of]} pick={(at) => pick({ ...nth, [of]: at })} />
                )}
              </Fields>
            );
          })}
        </s-stack>
      </s-section>
    </div>
  );
}

function useWide(): boolean {
  const [wide, turn] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const hear = () => turn(media.matches);
    media.addEventListener("change", hear);
    return () => media.removeEventListener("change", hear);
  }, []);
  return wide;
}

function Unread({ held, error, asked }: { held: Values | undefined; error: unknown; asked: boolean }) {
  const words = texts.order;
  if (!asked || (!error && (!held || held.order != null))) return null;
  const why = error ? sentence(error) : (held?.userErrors[0]?.message ?? words.gone);
  return (
    <s-banner tone="warning" heading={words.unread}>
      <s-paragraph>{why}</s-paragraph>
    </s-banner>
  );
}

interface Part {
  name: string;
  values: Values["values"];
}

function named<Name extends string>(parts: (Record<Name, string> & Pick<Part, "values">)[] | undefined, name: Name): Part[] {
  return (parts ?? []).map((part) => ({ name: part[name], values: part.values }));
}

/** Which line, or which payment, the values are of. */
function OneOf({ label, parts, nth, pick }: { label: string; parts: Part[]; nth: number; pick: (nth: number) => void }) {
  return (
    <s-select label={label} value={String(nth)} onChange={(event) => pick(Number(event.currentTarget.value))}>
      {parts.map(({ name }, at) => (
        <s-option key={at} value={String(at)}>
          {`${at + 1}. ${name}`}
        </s-option>
      ))}
    </s-select>
  );
}

function missing({ gatesOnly }: Source, known: boolean): string {
  if (gatesOnly) return texts.order.asked;
  return known ? texts.order.empty : "";
}

/** A date as people read it; what a rule would write of it is under the pointer. */
function Held({ source, text, known }: { source: Source; text: string | undefined; known: boolean }) {
  if (text === undefined) return <>{missing(source, known)}</>;
  if (source.kind !== "DATE") return <>{text}</>;
  return (
    <time dateTime={text} title={text}>
      {when(text)}
    </time>
  );
}

interface OfFields {
  group: Group;
  values: ReadonlyMap<string, string>;
  known: boolean;
  open: boolean;
  children: ComponentChildren;
}

/** What was never opened is not drawn: a long order is, for the most part, not looked at. */
function Fields({ group, values, known, open, children }: OfFields) {
  const [opened, see] = useState(false);
  return (
    <details open={open} onToggle={(event) => see((before) => before || event.currentTarget.open)}>
      <summary style={{ cursor: "pointer" }}>
        <s-text type="strong">{group.name}</s-text>
      </summary>
      {(open || opened) && (
        <s-box paddingBlockStart="small-200">
          <s-stack gap="small-200">
            {children}
            <div role="list">
              {group.sources.map((source) => (
                <Dragged key={source.path} source={source}>
                  <s-grid gridTemplateColumns="1fr 1fr" gap="small-200" paddingBlock="small-300">
                    <s-text>{short(source.label)}</s-text>
                    <s-text color="subdued">
                      <Held source={source} text={values.get(source.path)} known={known} />
                    </s-text>
                  </s-grid>
                </Dragged>
              ))}
            </div>
          </s-stack>
        </s-box>
      )}
    </details>
  );
}
