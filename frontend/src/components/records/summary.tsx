// What a record is, where it stands, and the ways from it to elsewhere.
import type { RecordQuery } from "../../api/typed";
import { texts } from "../../texts";
import { records } from "../../texts/records";
import { Facts } from "../facts";
import { way } from "../mapping/way";
import { local, money, when } from "../shown";
import { Standing, nameOf, path } from "./rows";

type Found = NonNullable<RecordQuery["record"]>;

export function Summary({ record }: { record: Found }) {
  const said = records.one;
  const connection = local(record.connection.id);
  const order = record.kind === "ORDER";
  const person = order || record.kind === "CUSTOMER";
  return (
    <s-section heading={`${records.kind[record.kind]}: ${said.summary.toLowerCase()}`}>
      <s-stack slot="accessory">
        <Standing kind={record.kind} state={record.state} />
      </s-stack>
      {record.links.map(({ label, url }) => (
        <s-link key={url} slot="secondary-actions" href={url} target="_blank">
          {label}
        </s-link>
      ))}
      {order && (
        <s-link slot="secondary-actions" href={way("/mapping/preview", connection, { order: local(record.id) })}>
          {said.dryRun}
        </s-link>
      )}
      {person && (
        <s-link slot="secondary-actions" href={`/buyers/${local(record.id)}`}>
          {said.buyer}
        </s-link>
      )}
      <Facts facts={facts(record, connection)} />
    </s-section>
  );
}

function facts(record: Found, connection: string) {
  const said = records.one;
  const { parent, mappingVersion: version } = record;
  const mapping = version ? (
    <s-link href={way(`/mapping/versions/${version}`, connection)}>{said.version(version)}</s-link>
  ) : (
    texts.general.unknown
  );
  return [
    { name: said.number, value: record.hostNumber ?? texts.general.unknown },
    ...(record.total ? [{ name: said.total, value: money(record.total) }] : []),
    ...(parent ? [{ name: said.of, value: <s-link href={path({ ...parent, kind: "ORDER" })}>{nameOf(parent)}</s-link> }] : []),
    record.placedAt ? { name: said.placed, value: when(record.placedAt) } : { name: said.seen, value: when(record.firstSeenAt) },
    { name: said.since, value: when(record.stateSince) },
    { name: said.connection, value: record.connection.name },
    { name: said.mapping, value: mapping },
    ...(record.noteDueAt || record.notedAt
      ? [{ name: said.noted, value: record.noteDueAt ? said.noting : when(record.notedAt) }]
      : []),
    ...(record.nextTryAt ? [{ name: said.next, value: when(record.nextTryAt) }] : []),
    ...(record.attempts ? [{ name: said.attempts, value: record.attempts }] : []),
  ];
}
