// What becomes of a value once it is mapped: its orders run again, and it is gone when the last of them has.

/** `left`: how many were seen waiting last; `at`: when there were fewer for the last time, in milliseconds. */
export interface Mapped {
  code: string;
  left: number;
  at: number;
}

/** So long nothing may move before it is said that something is wrong. */
export const PATIENCE = 20_000;

interface Value {
  code: string;
}

interface Problem {
  code: string;
}

export function seen(mapped: Mapped, left: number, now: number): Mapped {
  return left < mapped.left ? { ...mapped, left, at: now } : mapped;
}

export function stuck(mapped: Mapped, now: number): boolean {
  return now - mapped.at > PATIENCE;
}

/** Causes that have no answer of their own beside them: `answered` are those of the values that are shown. */
export function others<Each extends Problem>(problems: Each[], answered: string[]): Each[] {
  return problems.filter(({ code }) => !answered.includes(code));
}

/** What was answered the last time is so still: causes are counted a moment before values, when some of them may run. */
export function answers(values: Value[], before: Value[]): string[] {
  return [...new Set([...values, ...before].map(({ code }) => code))];
}

export interface Choice {
  code: string;
  label: string;
}

/** The one code that is spelled like the value: nothing is guessed, a person sees it and confirms. */
export function suggested(value: string, choices: Choice[]): string {
  const fold = (text: string) => text.trim().toLowerCase();
  const alike = choices.filter(({ code, label }) => fold(code) === fold(value) || fold(label) === fold(value));
  return alike.length === 1 ? (alike[0]?.code ?? "") : "";
}
