// The flows of a connection as they stand, looked at again and again.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { FlowTableDocument } from "../api/typed";

const EVERY = 3_000;

export function useFlows(connection: string) {
  return useQuery({
    queryKey: ["flows", connection],
    queryFn: () => ask(FlowTableDocument, { connection }),
    refetchInterval: EVERY,
  });
}
