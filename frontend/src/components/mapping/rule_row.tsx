// A rule in a list, in plain words, with what can be done with it.
import { texts } from "../../texts/mapping_rules";
import { RowTools } from "./rule_row_tools";

interface Given {
  id: string;
  words: string;
  /** When it counts; empty: always. */
  when: string;
  /** What it is called in the names of its buttons. */
  name: string;
  edit: string;
  unfinished: boolean;
  unsaved: boolean;
  problems?: string[];
  first: boolean;
  last: boolean;
  open: () => void;
  move: (by: 1 | -1) => void;
  remove: () => void;
}

export function RuleRow({ id, words, when, name, edit, unfinished, unsaved, problems = [], first, last, open, move, remove }: Given) {
  return (
    <s-grid gridTemplateColumns="1fr auto" gap="small" alignItems="start">
      <s-stack gap="small-300">
        <s-text>{words}</s-text>
        {when && (
          <s-text color="subdued">
            {texts.when} {when}
          </s-text>
        )}
        {problems.map((problem) => (
          <s-text key={problem} tone="critical">
            {problem}
          </s-text>
        ))}
        {(unfinished || unsaved) && (
          <s-stack direction="inline">
            <s-badge tone={unfinished ? "warning" : "info"}>{unfinished ? texts.incomplete : texts.unsaved}</s-badge>
          </s-stack>
        )}
      </s-stack>
      <s-stack direction="inline" gap="none" alignItems="center" justifyContent="end">
        <s-button id={`edit-${id}`} variant="tertiary" accessibilityLabel={edit} onClick={open}>
          {texts.edit}
        </s-button>
        <RowTools what={name} id={id} first={first} last={last} move={move} remove={remove} />
      </s-stack>
    </s-grid>
  );
}
