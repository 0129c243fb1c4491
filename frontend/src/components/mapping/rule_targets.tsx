// The fields of the ERP's document, each with the rules that fill it in plain words, or with what fills it without any.
import { texts } from "../../texts/mapping_rules";
import { fetched } from "../fetched";
import { faults, fieldsOf, movedIn, openedIn, putIn, same, takenFrom } from "./rule_book";
import type { Book } from "./rule_book";
import { Drop } from "./rule_drag";
import { begun } from "./rule_editing";
import type { FieldRule } from "./rule_form";
import { focusSoon } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { RuleRow } from "./rule_row";
import { ofWhat } from "./rule_sources";
import type { Target } from "./rule_sources";
import { conditionInWords, inWords } from "./rule_words";

const RuleEditor = fetched(() => import("./rule_editor").then((module) => module.RuleEditor));

interface Given {
  kit: Kit;
  book: Book;
  set: (book: Book) => void;
  /** What is wrong with the stored draft, by rule. */
  problems: ReadonlyMap<string, string[]>;
}

export function Targets({ kit, book, set, problems }: Given) {
  const all = [...kit.targets, ...undeclared(kit, book)];
  if (!all.length) {
    return (
      <s-section accessibilityLabel={texts.targets}>
        <s-empty-state heading={texts.noTargets}>
          <s-text slot="subheading">{texts.noTargetsMore}</s-text>
        </s-empty-state>
      </s-section>
    );
  }
  const groups: [string, Target[]][] = [
    [texts.ofOrder, all.filter((target) => ofWhat(target) === "ORDER")],
    [texts.ofLines, all.filter((target) => ofWhat(target) === "LINE")],
    [texts.ofPayments, all.filter((target) => ofWhat(target) === "PAYMENT")],
  ];
  return (
    <s-section heading={texts.targets} subheading={texts.targetsMore}>
      <s-stack gap="base">
        {groups.map(
          ([name, targets]) =>
            targets.length > 0 && (
              <s-stack key={name} gap="base">
                <s-heading>{name}</s-heading>
                {targets.map((target) => (
                  <TargetRow key={target.name} kit={kit} book={book} set={set} problems={problems} target={target} />
                ))}
              </s-stack>
            ),
        )}
        <Missing kit={kit} />
      </s-stack>
    </s-section>
  );
}

/** What people would look for in vain, and why. */
function Missing({ kit: { missing } }: { kit: Kit }) {
  if (!missing.length) return null;
  return (
    <s-stack gap="base">
      <s-heading>{texts.missing}</s-heading>
      {missing.map(({ name, label, reason }) => (
        <s-stack key={name} gap="small-300">
          <s-divider />
          <s-text type="strong" color="subdued">
            {label}
          </s-text>
          <s-text color="subdued">{reason}</s-text>
        </s-stack>
      ))}
    </s-stack>
  );
}

/** Fields that rules fill and this ERP does not have: they are shown, or nobody could take them away. */
function undeclared(kit: Kit, book: Book): Target[] {
  const names = new Set(fieldsOf(book.rules).map(({ target }) => target));
  kit.targets.forEach(({ name }) => names.delete(name));
  const of = (name: string) => ({ perLine: name.startsWith("line."), perPayment: name.startsWith("payment.") });
  return [...names].map((name) => ({ name, label: name, kind: "TEXT", ...of(name), longest: null, choices: [], help: "" }));
}

function TargetRow({ kit, book, set, problems, target }: Given & { target: Target }) {
  const rules = fieldsOf(book.rules).filter((rule) => rule.target === target.name);
  const told = details(target);
  const add = (field = "") => {
    const made = begun(target.name, field);
    set(putIn(book, made));
    focusSoon(`start-${made.id}`);
  };
  return (
    <Drop of={ofWhat(target)} put={add}>
      <s-stack gap="small">
        <s-divider />
        <s-grid gridTemplateColumns="1fr auto" gap="small" alignItems="start">
          <s-stack gap="small-300">
            <s-text type="strong">{target.label}</s-text>
            {told && <s-text color="subdued">{told}</s-text>}
            {rules.length === 0 && (
              <s-text color="subdued">{texts.defaults[target.name] ?? (target.perLine ? texts.noDefaultLine : texts.noDefault)}</s-text>
            )}
          </s-stack>
          <s-button id={`add-${target.name}`} variant="tertiary" icon="plus" accessibilityLabel={texts.addFor(target.label)} onClick={() => add()}>
            {texts.add}
          </s-button>
        </s-grid>
        {rules.map((rule, at) => (
          <OneRule key={rule.id} kit={kit} book={book} set={set} problems={problems} target={target} rule={rule} at={at} of={rules.length} />
        ))}
      </s-stack>
    </Drop>
  );
}

/** That a field takes a text goes without saying. */
function details({ kind, longest, choices, help }: Target): string {
  const limits = [kind === "TEXT" ? "" : texts.kinds[kind], choices.length ? texts.onlyOne(choices) : "", longest ? texts.longest(longest) : ""];
  return [help, limits.filter(Boolean).join(", ")].filter(Boolean).join(" ");
}

interface OfRule extends Given {
  target: Target;
  rule: FieldRule;
  at: number;
  of: number;
}

function OneRule({ kit, book, set, problems, target, rule, at, of }: OfRule) {
  const edited = book.edited[rule.id];
  const remove = () => {
    set(takenFrom(book, rule.id));
    focusSoon(`add-${target.name}`);
  };
  if (book.open === rule.id && edited) {
    const close = () => {
      set({ ...book, open: null });
      focusSoon(`edit-${rule.id}`);
    };
    return <RuleEditor kit={kit} target={target} edited={edited} change={(made) => set(putIn(book, made))} close={close} remove={remove} />;
  }
  const stored = fieldsOf(book.base.rules).filter(({ id }) => id === rule.id);
  const unsaved = !same({ fields: [rule] }, { fields: stored });
  const open = () => {
    set(openedIn(book, rule.id));
    focusSoon(`start-${rule.id}`);
  };
  return (
    <RuleRow
      id={rule.id}
      words={inWords(rule, kit.labels)}
      when={conditionInWords(rule.when ?? {}, kit.labels, kit.kinds)}
      name={texts.ruleNth(at + 1, target.label)}
      edit={texts.editFor(target.label, at + 1)}
      unfinished={faults(book).has(rule.id)}
      unsaved={unsaved}
      problems={unsaved ? [] : (problems.get(rule.id) ?? [])}
      first={at === 0}
      last={at === of - 1}
      open={open}
      move={(by) => set(movedIn(book, rule.id, by))}
      remove={remove}
    />
  );
}
