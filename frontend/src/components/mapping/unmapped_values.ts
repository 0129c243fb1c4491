// The values that records wait for, of one connection or of several.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { UnmappedDocument } from "../../api/typed";
import type { UnmappedQuery } from "../../api/typed";

const EVERY = 5_000;

interface Connection {
  id: string;
  name: string;
}

export interface Lacking {
  connection: Connection;
  value: UnmappedQuery["unmappedValues"]["nodes"][number];
}

export interface Unmapped {
  lacking: Lacking[];
  more: boolean;
}

export async function unmappedOf(connections: Connection[], first = 20): Promise<Unmapped> {
  const found = await Promise.all(connections.map(({ id }) => ask(UnmappedDocument, { connection: id, first })));
  return {
    lacking: connections.flatMap((connection, at) =>
      (found[at]?.unmappedValues.nodes ?? []).map((value) => ({ connection, value })),
    ),
    more: found.some(({ unmappedValues }) => unmappedValues.pageInfo.hasNextPage),
  };
}

export function useUnmapped(connection: string): Lacking[] {
  const { data } = useQuery({
    queryKey: ["unmapped", connection],
    queryFn: () => unmappedOf([{ id: connection, name: "" }], 100),
    refetchInterval: EVERY,
  });
  return data?.lacking ?? [];
}
