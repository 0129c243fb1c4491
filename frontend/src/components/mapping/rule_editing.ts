// A rule while somebody works on it: everything is text, with a free row at the end of each list; and back to its stored form.
import { texts } from "../../texts/mapping_rules";
import { ALONE, MOST_STEPS, MOST_TESTS, SINGLE, STEPS, known } from "./rule_form";
import type { Argument, Condition, FieldRule, Gate, Part, Step, Test } from "./rule_form";
import { listed, told } from "./rule_values";

/** What a part is chosen as when it is no field: a text that is always the same. */
export const TEXT = ":text";

/** `from` is a field's path, `TEXT`, or nothing yet. */
export interface EditedPart {
  key: string;
  from: string;
  text: string;
}

/** `kept` is a step of a kind that this page does not know: it stays as it is. */
export interface EditedStep {
  key: string;
  do: string;
  said: Record<string, string>;
  parts: EditedPart[];
  kept?: Step;
}

export interface EditedTest {
  key: string;
  field: string;
  operator: string;
  values: string;
}

export interface EditedCondition {
  needs: "all" | "any";
  tests: EditedTest[];
}

export interface EditedRule extends EditedCondition {
  id: string;
  target: string;
  start: EditedPart;
  steps: EditedStep[];
  liquid: string | null;
}

export interface EditedGate extends EditedCondition {
  id: string;
  do: string;
  sentence: string;
  /** What the stored gate holds besides. */
  rest: Record<string, unknown>;
}

export interface Wrong {
  path: string;
  message: string;
}

export function fresh(): string {
  return crypto.randomUUID().slice(0, 13);
}

export const freePart = (): EditedPart => ({ key: fresh(), from: "", text: "" });
export const freeStep = (): EditedStep => ({ key: fresh(), do: "", said: {}, parts: [] });
export const freeTest = (): EditedTest => ({ key: fresh(), field: "", operator: "is", values: "" });

/** The rows that say something, and one free one behind them while there may be more. A row made free is gone. */
export function roomy<Row>(rows: Row[], free: (row: Row) => boolean, made: () => Row, most: number): Row[] {
  const full = rows.filter((row) => !free(row));
  return full.length < most ? [...full, rows.findLast(free) ?? made()] : full;
}

export const roomyParts = (parts: EditedPart[]) => roomy(parts, ({ from }) => !from, freePart, MOST_STEPS);
export const roomySteps = (steps: EditedStep[]) => roomy(steps, (step) => !step.do, freeStep, MOST_STEPS);
export const roomyTests = (tests: EditedTest[]) => roomy(tests, ({ field }) => !field, freeTest, MOST_TESTS);

/** The step as one of another kind, with what such a step begins with. */
export function becoming(step: EditedStep, kind: string): EditedStep {
  const wanted = known(kind) ? STEPS[kind] : [];
  const said = Object.fromEntries(wanted.map(({ name, start }) => [name, start]));
  return { key: step.key, do: kind, said, parts: kind === "join" ? roomyParts(step.parts) : [] };
}

// --- from the stored form --------------------------------------------------------------------------------------------

export function opened(rule: FieldRule): EditedRule {
  return {
    id: rule.id,
    target: rule.target,
    start: openedPart(rule.start ?? {}),
    steps: roomySteps((rule.steps ?? []).map(openedStep)),
    liquid: rule.liquid ?? null,
    ...openedCondition(rule.when ?? {}),
  };
}

/** A rule that nobody said anything of yet, or that starts from a field. */
export function begun(target: string, field = ""): EditedRule {
  return {
    id: `rule-${fresh()}`,
    target,
    start: { ...freePart(), from: field },
    steps: [freeStep()],
    liquid: null,
    needs: "all",
    tests: [freeTest()],
  };
}

export function openedGate({ id, when, do: act, sentence, ...rest }: Gate): EditedGate {
  return { id, do: act, sentence, rest, ...openedCondition(when) };
}

export function begunGate(): EditedGate {
  return { id: `gate-${fresh()}`, do: "hold", sentence: "", rest: {}, needs: "all", tests: [freeTest()] };
}

function openedPart(part: Part): EditedPart {
  return { key: fresh(), from: part.field ?? TEXT, text: part.text ?? "" };
}

function openedStep(step: Step): EditedStep {
  if (!known(step.do)) return { key: fresh(), do: step.do, said: {}, parts: [], kept: step };
  const said = STEPS[step.do].map(({ name, start }): [string, string] => [name, String(step[name] ?? start)]);
  const parts = step.do === "join" ? roomyParts(((step["parts"] as Part[] | undefined) ?? []).map(openedPart)) : [];
  return { key: fresh(), do: step.do, said: Object.fromEntries(said), parts };
}

function openedCondition(when: Condition): EditedCondition {
  return { needs: when.needs ?? "all", tests: roomyTests((when.tests ?? []).map(openedTest)) };
}

function openedTest({ field, operator, values = [] }: Test): EditedTest {
  const text = SINGLE.includes(operator) ? (values[0] ?? "") : told(values);
  return { key: fresh(), field, operator, values: text };
}

// --- back to the stored form -----------------------------------------------------------------------------------------

/** What is stored, as far as it can be; with anything in `wrong` it is not ready for that. */
export function written(edited: EditedRule): { rule: FieldRule; wrong: Wrong[] } {
  const wrong: Wrong[] = [];
  const complain = (path: string, message: string) => void wrong.push({ path, message });
  const when = writtenCondition(edited, complain);
  const { id, target, liquid } = edited;
  if (liquid !== null) {
    if (!liquid.trim()) complain("liquid", texts.wrong.liquid);
    return { rule: { id, target, ...when, liquid }, wrong };
  }
  if (!edited.start.from) complain("start", texts.wrong.start);
  const steps = edited.steps.filter((step) => step.do).map((step, at) => writtenStep(step, `steps.${at}`, complain));
  return { rule: { id, target, start: writtenPart(edited.start), ...(steps.length ? { steps } : {}), ...when }, wrong };
}

export function writtenGate(edited: EditedGate): { gate: Gate; wrong: Wrong[] } {
  const wrong: Wrong[] = [];
  const complain = (path: string, message: string) => void wrong.push({ path, message });
  const { when = {} } = writtenCondition(edited, complain);
  if (!when.tests?.length) complain("when", texts.wrong.condition);
  if (!edited.sentence.trim()) complain("sentence", texts.wrong.sentence);
  return { gate: { ...edited.rest, id: edited.id, when, do: edited.do, sentence: edited.sentence.trim() }, wrong };
}

type Complain = (path: string, message: string) => void;

function writtenPart({ from, text }: EditedPart): Part {
  return from && from !== TEXT ? { field: from } : { text };
}

function writtenStep(step: EditedStep, path: string, complain: Complain): Step {
  if (step.kept || !known(step.do)) return step.kept ?? { do: step.do };
  const made: Step = { do: step.do };
  for (const argument of STEPS[step.do]) {
    made[argument.name] = writtenArgument(argument, step.said[argument.name] ?? "", (message) =>
      complain(`${path}.${argument.name}`, message),
    );
  }
  if (step.do === "split" && made["place"] === 0) complain(`${path}.place`, texts.wrong.place);
  if (step.do !== "join") return made;
  const parts = step.parts.filter(({ from }) => from).map(writtenPart);
  if (!parts.length) complain(`${path}.parts.0`, texts.wrong.parts);
  return { ...made, parts };
}

const AMOUNT = /^[+-]?(\d{1,36}(\.\d{0,36})?|\.\d{1,36})$/;

function writtenArgument({ takes, start, bare }: Argument, said: string, complain: (message: string) => void): unknown {
  const plain = said.trim();
  if (takes === "whole") {
    const whole = /^-?\d{1,4}$/.test(plain);
    if (!whole) complain(texts.wrong.whole);
    return Number(whole ? plain : start);
  }
  if (takes === "must") return said === "true";
  if (takes === "amount" && !AMOUNT.test(plain)) complain(texts.wrong.amount);
  else if (takes === "code" && !/^[a-z]{3}$/i.test(plain)) complain(texts.wrong.currency);
  else if (!said && !bare) complain(takes === "table" ? texts.wrong.table : texts.wrong.empty);
  return takes === "amount" || takes === "code" ? plain : said;
}

function writtenCondition({ needs, tests }: EditedCondition, complain: Complain): { when?: Condition } {
  const full = tests.filter(({ field }) => field);
  if (!full.length) return {};
  return { when: { tests: full.map((test, at) => writtenTest(test, `when.tests.${at}`, complain)), ...(needs === "any" ? { needs } : {}) } };
}

function writtenTest({ field, operator, values }: EditedTest, path: string, complain: Complain): Test {
  if (ALONE.includes(operator)) return { field, operator };
  const said = SINGLE.includes(operator) ? [values.trim()].filter(Boolean) : listed(values);
  if (!said.length) complain(`${path}.values`, texts.wrong.values);
  return { field, operator, values: said };
}
