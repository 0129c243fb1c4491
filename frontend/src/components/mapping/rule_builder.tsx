// The rule builder: one form over all rules of a mapping, saved into its draft by the admin's save bar or a button of its own.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { RulesSaveDocument } from "../../api/typed";
import type { RuleBookQuery } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { useDeed } from "../change";
import { sentence } from "../shown";
import type { Chosen } from "./order_choice";
import { useSaveBar } from "./rule_bar";
import { changed, faults, goneOn, merged, openedIn, shut } from "./rule_book";
import type { Book, Stored } from "./rule_book";
import { Gates } from "./rule_gates";
import type { Kit } from "./rule_kit";
import { Met, NotSaved } from "./rule_notices";
import type { Meeting } from "./rule_notices";
import { OrderTree } from "./rule_order";
import { save } from "./rule_saving";
import type { Outcome } from "./rule_saving";
import { Sides } from "./rule_sides";
import { Targets } from "./rule_targets";

interface Given {
  connection: string;
  fields: NonNullable<RuleBookQuery["mappingFields"]>;
  stored: Stored;
  tables: string[];
  problems: ReadonlyMap<string, string[]>;
}

export function RuleBuilder({ connection, fields, stored, tables, problems }: Given) {
  const { book, set, submit, discard, bar, strict, messages, met } = useBook(connection, stored);
  const [order, choose] = useState<Chosen | null>(null);
  const labels = useMemo(() => new Map(fields.sources.map(({ path, label }) => [path, label])), [fields.sources]);
  const kinds = useMemo(() => new Map(fields.sources.map(({ path, kind }) => [path, kind])), [fields.sources]);
  const kit: Kit = { connection, ...fields, tables, labels, kinds, version: stored.revision ? "draft" : "current", order, strict };
  const parts = { kit, book, set };
  return (
    <Sides>
      <OrderTree connection={connection} sources={fields.sources} order={order} choose={choose} />
      <form
        data-save-bar
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        onReset={discard}
      >
        <input type="hidden" name="rules" value={bar.told} ref={bar.field} />
        <s-stack gap="base">
          <NotSaved messages={messages} />
          <Met met={met} />
          <Targets {...parts} problems={problems} />
          <Gates {...parts} />
        </s-stack>
      </form>
    </Sides>
  );
}

/** What is worked on, and its way into the draft. */
function useBook(connection: string, stored: Stored) {
  const answers = useQueryClient();
  const [book, set] = useState(() => shut(stored));
  const [strict, insist] = useState(false);
  const [messages, complain] = useState<string[]>([]);
  const [met, meet] = useState<Meeting | null>(null);
  const dirty = changed(book);
  const bar = useSaveBar(dirty, book.rules);
  const latest = useRef(book);
  latest.current = book;
  useEffect(() => {
    if (!dirty) set((before) => goneOn(before, stored, stored.rules));
  }, [stored]);
  const heard = (outcome: Outcome, sent: Book) => {
    if (outcome.is === "stored") {
      set({ ...latest.current, base: outcome.stored });
      meet(null);
      shopify.toast.show(texts.saved);
      return answers.invalidateQueries({ queryKey: ["mapping"] });
    }
    if (outcome.is === "met") {
      const { rules, both } = merged(sent.base.rules, latest.current.rules, outcome.theirs.rules);
      set(goneOn(latest.current, outcome.theirs, rules));
      meet({ by: outcome.by, both: both.length });
    } else complain(outcome.messages);
    bar.again();
    return undefined;
  };
  const { open } = useDeed(RulesSaveDocument);
  const saving = useMutation({
    mutationFn: async (sent: Book) => {
      open();
      return save(connection, sent);
    },
    onSuccess: heard,
    onError: (error) => {
      complain([sentence(error)]);
      bar.again();
    },
  });
  const submit = () => {
    bar.away();
    const [unfinished] = faults(book).keys();
    complain(unfinished ? [texts.wrong.finish(faults(book).size)] : []);
    insist(Boolean(unfinished));
    if (unfinished) {
      set(openedIn(book, unfinished));
      bar.again();
    } else if (!saving.isPending) saving.mutate(book);
  };
  const discard = () => {
    bar.away();
    complain([]);
    insist(false);
    meet(null);
    set(shut(book.base));
  };
  return { book, set, submit, discard, bar, strict, messages, met };
}
