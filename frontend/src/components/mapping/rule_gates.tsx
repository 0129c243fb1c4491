// The rules that stop orders: which are held for a person and which are left out, with the sentence that people read.
import { texts } from "../../texts/mapping_rules";
import { fetched } from "../fetched";
import { faults, gatesOf, movedIn, openedIn, putGateIn, same, takenFrom } from "./rule_book";
import type { Book } from "./rule_book";
import { begunGate } from "./rule_editing";
import { focusSoon } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { RuleRow } from "./rule_row";
import { conditionInWords, quoted } from "./rule_words";

const ADD = "add-gate";
const GateEditor = fetched(() => import("./rule_gate_editor").then((module) => module.GateEditor));

interface Given {
  kit: Kit;
  book: Book;
  set: (book: Book) => void;
}

export function Gates({ kit, book, set }: Given) {
  const words = texts.gates;
  const gates = gatesOf(book.rules);
  const wrong = faults(book);
  const remove = (id: string) => {
    set(takenFrom(book, id));
    focusSoon(ADD);
  };
  const close = (id: string) => {
    set({ ...book, open: null });
    focusSoon(`edit-${id}`);
  };
  const add = () => {
    const made = begunGate();
    set(putGateIn(book, made));
    focusSoon(`do-${made.id}`);
  };
  return (
    <s-section heading={words.heading} subheading={words.more}>
      <s-stack gap="base">
        {gates.length === 0 && <s-text color="subdued">{words.none}</s-text>}
        {gates.map((gate, at) => {
          const edited = book.gates[gate.id];
          if (book.open === gate.id && edited) {
            return (
              <GateEditor
                key={gate.id}
                kit={kit}
                edited={edited}
                change={(made) => set(putGateIn(book, made))}
                close={() => close(gate.id)}
                remove={() => remove(gate.id)}
              />
            );
          }
          return (
            <RuleRow
              key={gate.id}
              id={gate.id}
              words={`${gate.do === "skip" ? words.skipWords : words.holdWords}: ${quoted(gate.sentence)}`}
              when={conditionInWords(gate.when, kit.labels, kit.kinds)}
              name={words.nth(at + 1)}
              edit={words.edit(at + 1)}
              unfinished={wrong.has(gate.id)}
              unsaved={!same({ gates: [gate] }, { gates: gatesOf(book.base.rules).filter(({ id }) => id === gate.id) })}
              first={at === 0}
              last={at === gates.length - 1}
              open={() => {
                set(openedIn(book, gate.id));
                focusSoon(`do-${gate.id}`);
              }}
              move={(by) => set(movedIn(book, gate.id, by))}
              remove={() => remove(gate.id)}
            />
          );
        })}
        <s-stack direction="inline">
          <s-button id={ADD} icon="plus" onClick={add}>
            {words.add}
          </s-button>
        </s-stack>
      </s-stack>
    </s-section>
  );
}
