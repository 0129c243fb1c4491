// Where exchange rates come from: by hand alone, or read from the ERP as well, and how the last reading went.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { RateSourceDocument, RateSourceSetDocument, RatesReadDocument } from "../../api/typed";
import type { RateSourceQuery } from "../../api/typed";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";
import { Answer } from "../answer";
import { useChange } from "../change";
import { Facts } from "../facts";
import { Press } from "../press";
import { advised, when } from "../shown";

type Source = NonNullable<RateSourceQuery["rateSource"]>;

const EVERY = 5_000;

export function RateSource({ connection }: { connection: string }) {
  const words = tablesPage.rates.source;
  const query = useQuery({
    queryKey: ["rates", connection, "source"],
    queryFn: () => ask(RateSourceDocument, { connection }),
    refetchInterval: EVERY,
  });
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        <Answer query={query}>
          {({ rateSource: source }) =>
            source && (
              <>
                {source.problem && <Problem problem={source.problem} />}
                <Choice key={`${source.origin} ${source.goodForDays} ${source.cadence}`} connection={connection} source={source} />
                {source.origin === "HOST" && <Readings connection={connection} source={source} />}
              </>
            )
          }
        </Answer>
      </s-stack>
    </s-section>
  );
}

function Problem({ problem }: { problem: NonNullable<Source["problem"]> }) {
  const words = tablesPage.rates.source;
  return (
    <s-banner tone="critical" heading={words.failed(when(problem.at))}>
      <s-paragraph>{problem.sentence}</s-paragraph>
      <s-paragraph>{[words.failedMore, advised(problem.explanation?.advice)].filter(Boolean).join(" ")}</s-paragraph>
    </s-banner>
  );
}

function Choice({ connection, source }: { connection: string; source: Source }) {
  const words = tablesPage.rates.source;
  const [fromHost, choose] = useState(source.origin === "HOST");
  const [days, change] = useState(String(source.goodForDays ?? 7));
  const [error, complain] = useState<string>();
  const set = useChange(
    RateSourceSetDocument,
    (result) => result.rateSourceSet,
    () => (fromHost ? words.chosen : words.left),
    ([first]) => complain(first?.message),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    if (set.isPending) return;
    complain(undefined);
    const input = fromHost ? { origin: "HOST" as const, goodForDays: Number(days) || 0 } : { origin: "HAND" as const };
    set.mutate({ connection, input });
  };
  const same = fromHost === (source.origin === "HOST") && (!fromHost || days === String(source.goodForDays));
  return (
    <form onSubmit={submit}>
      <s-stack gap="base">
        <s-checkbox
          label={words.host}
          details={source.unavailable ?? words.hostMore}
          checked={fromHost}
          disabled={source.unavailable !== null && !fromHost}
          onChange={(event) => choose(event.currentTarget.checked)}
        />
        {fromHost && (
          <s-number-field
            label={words.days}
            details={words.daysMore}
            inputMode="numeric"
            min={1}
            max={366}
            value={days}
            error={error}
            onInput={(event) => change(event.currentTarget.value)}
          />
        )}
        {error && !fromHost && <s-text tone="critical">{error}</s-text>}
        <s-stack direction="inline">
          <Press type="submit" disabled={same} of={set}>
            {words.save}
          </Press>
        </s-stack>
      </s-stack>
    </form>
  );
}

function Readings({ connection, source }: { connection: string; source: Source }) {
  const words = tablesPage.rates.source;
  const read = useChange(RatesReadDocument, (result) => result.ratesRead, () => words.asked);
  return (
    <s-stack gap="base">
      <Facts
        facts={[
          { name: words.readAt, value: source.running ? words.running : when(source.readAt) },
          { name: words.nextAt, value: when(source.nextAt) },
          { name: words.told, value: source.told?.toLocaleString() ?? texts.general.unknown },
          { name: words.changed, value: source.changed?.toLocaleString() ?? texts.general.unknown },
        ]}
      />
      <s-stack direction="inline">
        <Press of={read} onClick={() => read.mutate({ connection })}>
          {words.read}
        </Press>
      </s-stack>
    </s-stack>
  );
}
