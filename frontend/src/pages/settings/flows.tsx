// Owners and schedules: whose copy of each kind of data counts, whether it is carried, and how often.
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { FlowChangeDocument } from "../../api/typed";
import type { Flow, FlowChangeInput, FlowTableQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { useDeed } from "../../components/change";
import { Connected } from "../../components/connected";
import { useFlows } from "../../components/flows";
import { Barred } from "../../components/may";
import { Press } from "../../components/press";
import { FlowFields } from "../../components/settings/flow_fields";
import { changesOf, wishesOf } from "../../components/settings/flow_wishes";
import type { Wishes } from "../../components/settings/flow_wishes";
import { SettingsFrame } from "../../components/settings/frame";
import { sentence } from "../../components/shown";
import { schedules as words } from "../../texts/schedules";

type Errors = Partial<Record<Flow, string>>;

export function SettingsFlows() {
  return (
    <SettingsFrame heading={words.heading}>
      <Barred needs="MANAGE_FLOWS" />
      <Connected>{(connection) => <Content connection={connection} />}</Connected>
    </SettingsFrame>
  );
}

function Content({ connection }: { connection: string }) {
  const query = useFlows(connection);
  return <Answer query={query}>{(data) => <Form data={data} connection={connection} />}</Answer>;
}

/** Each flow is a change of its own: those that are refused say why and stay as they were wished. */
function useSaving(connection: string) {
  const answers = useQueryClient();
  const [errors, complain] = useState<Errors>({});
  const [busy, work] = useState(false);
  const { needs, open } = useDeed(FlowChangeDocument);
  const put = async (flow: Flow, input: FlowChangeInput) => {
    open();
    const { flowChange } = await ask(FlowChangeDocument, { connection, flow, input });
    return flowChange.userErrors[0]?.message;
  };
  const save = async (was: Wishes, now: Wishes) => {
    work(true);
    const found: Errors = {};
    for (const { flow, input } of changesOf(was, now)) {
      const wrong = await put(flow, input).catch(sentence);
      if (wrong) found[flow] = wrong;
    }
    complain(found);
    await answers.invalidateQueries();
    work(false);
    const bad = Object.keys(found).length > 0;
    shopify.toast.show(bad ? words.wrong : words.saved, { isError: bad });
    return found;
  };
  return { save, does: { needs, isPending: busy }, errors, complain };
}

function Form({ data, connection }: { data: FlowTableQuery; connection: string }) {
  const stored = wishesOf(data.flowTable);
  const [changed, change] = useState<Wishes>({});
  const { save, does, errors, complain } = useSaving(connection);
  const wishes = { ...stored, ...changed };
  const reasons = new Map(data.connection?.flows.map(({ flow, reason }) => [flow, reason ?? null]));
  const submit = async () => {
    const found = await save(stored, wishes);
    change((before) => Object.fromEntries(Object.entries(before).filter(([flow]) => flow in found)));
  };
  const discard = () => {
    complain({});
    change({});
  };
  return (
    <form
      data-save-bar
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onReset={discard}
    >
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        {data.flowTable.map((row) => {
          const wish = wishes[row.flow];
          return (
            wish && (
              <FlowFields
                key={row.flow}
                row={row}
                wish={wish}
                set={(next) => change((before) => ({ ...before, [row.flow]: next }))}
                reason={reasons.get(row.flow) ?? null}
                error={errors[row.flow]}
                connection={connection}
              />
            )
          );
        })}
        <s-stack direction="inline">
          <Press of={does} type="submit" variant="primary">
            {words.save}
          </Press>
        </s-stack>
      </s-stack>
    </form>
  );
}
