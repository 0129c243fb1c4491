// What a connection's tables lack, or one of them: gone where there is nothing.
import { texts } from "../../texts";
import { UnmappedRow } from "./unmapped";
import { useUnmapped } from "./unmapped_values";

export function UnmappedSection({ connection, table }: { connection: string; table?: string }) {
  const ours = useUnmapped(connection).filter(({ value }) => !table || value.table === table);
  if (ours.length === 0) return null;
  return (
    <s-section heading={texts.unmapped.heading} padding="none">
      {ours.map((each) => (
        <s-stack key={`${each.value.table} ${each.value.value}`} gap="none">
          <s-divider />
          <UnmappedRow lacking={each} named={false} />
        </s-stack>
      ))}
    </s-section>
  );
}
