// Where a mistake is shown: at the field it is about, or with the rule as a whole.
import type { Wrong } from "./rule_editing";

interface Told {
  message: string;
  path: string[];
}

const FIELDS = /^(start|liquid|sentence|when\.tests\.\d+\.(field|operator|values)|steps\.\d+\.(?!parts$)[a-z]+(\.\d+)?)$/;

/** `own`: what this page found; `told`: what the API did. `whole`: what no field can say. */
export function placed(own: readonly Wrong[], told: readonly Told[]): { at: (path: string) => string | undefined; whole: string[] } {
  const found = [...own, ...told.map(({ message, path }) => ({ message, path: path.join(".") }))];
  const whole = found.filter(({ path }) => !FIELDS.test(path) && !own.some((each) => each.path === path));
  return {
    at: (path) => found.find((each) => each.path === path)?.message,
    whole: [...new Set(whole.map(({ message }) => message))],
  };
}
