// What is said above the rules: why they are not saved, and that somebody else changed the draft meanwhile.
import { texts as shared } from "../../texts";
import { texts } from "../../texts/mapping_rules";

/** `both`: how many rules were changed here and there. */
export interface Meeting {
  by: string;
  both: number;
}

export function NotSaved({ messages }: { messages: string[] }) {
  if (!messages.length) return null;
  return (
    <s-banner tone="critical" heading={texts.wrong.heading}>
      {messages.map((message) => (
        <s-paragraph key={message}>{message}</s-paragraph>
      ))}
    </s-banner>
  );
}

export function Met({ met }: { met: Meeting | null }) {
  if (!met) return null;
  return (
    <s-banner tone="warning" heading={texts.met.heading}>
      <s-paragraph>{texts.met.more(shared.mapping.people(met.by))}</s-paragraph>
      {met.both > 0 && <s-paragraph>{texts.met.both(met.both)}</s-paragraph>}
    </s-banner>
  );
}
