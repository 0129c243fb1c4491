// The switch that keeps anything from being written to either side, for as long as somebody wants it so.
import { ConnectionUpdateDocument } from "../api/typed";
import { setup } from "../texts/setup";
import { useChange } from "./change";
import { useMay } from "./may";

export function NoWrites({ connection, on }: { connection: string; on: boolean }) {
  const words = setup.writes;
  const { why } = useMay();
  const change = useChange(
    ConnectionUpdateDocument,
    (result) => result.connectionUpdate,
    ({ connection: after }) => (after?.noWrites ? words.on : words.off),
  );
  // What was asked for is shown until it is known.
  const shown = change.isPending ? change.variables.input.noWrites === true : on;
  return (
    <s-switch
      label={words.label}
      details={words.more}
      checked={shown}
      disabled={Boolean(why(change.needs))}
      onChange={(event) => change.mutate({ id: connection, input: { noWrites: event.currentTarget.checked } })}
    />
  );
}
