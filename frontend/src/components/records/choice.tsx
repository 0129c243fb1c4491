// One filter beside a list: one of some, or all of them. What is chosen and not known, as from an old address, can be seen and let go.
import { texts } from "../../texts";

interface Given {
  label: string;
  value: string | undefined;
  choose: (value: string | undefined) => void;
  all: string;
  options: { value: string; label: string }[];
}

const ALL = "-";

export function Choice({ label, value, choose, all, options }: Given) {
  const known = options.some((option) => option.value === value);
  return (
    <s-select
      label={label}
      labelAccessibilityVisibility="exclusive"
      value={value ?? ALL}
      onChange={({ currentTarget }) => choose(currentTarget.value === ALL ? undefined : currentTarget.value)}
    >
      <s-option value={ALL}>{all}</s-option>
      {value !== undefined && !known && <s-option value={value}>{texts.general.unknown}</s-option>}
      {options.map((option) => (
        <s-option key={option.value} value={option.value}>
          {option.label}
        </s-option>
      ))}
    </s-select>
  );
}
