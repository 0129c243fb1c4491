// A change asked for by a button: says how it went, and has every view look again.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { ask } from "../api/door";
import type { TypedDocumentString } from "../api/typed";
import { sentence } from "./shown";

interface Wrong {
  field?: string[] | null;
  message: string;
  code: string;
}

interface Payload {
  userErrors: Wrong[];
}

/** `picked` finds the payload in the answer; `done` is told of it when nothing was wrong, and may say a word. */
export function useChange<Result, Variables, Found extends Payload>(
  document: TypedDocumentString<Result, Variables>,
  picked: (result: Result) => Found,
  done: (payload: Found) => string | undefined,
  wrong?: (errors: Wrong[]) => void,
) {
  const answers = useQueryClient();
  return useMutation({
    mutationFn: (variables: Variables) => ask(document, variables),
    onSuccess: async (result) => {
      const payload = picked(result);
      const [first] = payload.userErrors;
      if (first && wrong) wrong(payload.userErrors);
      else if (first) shopify.toast.show(first.message, { isError: true });
      if (first) return;
      const word = done(payload);
      if (word) shopify.toast.show(word);
      await answers.invalidateQueries();
    },
    onError: (error) => {
      shopify.toast.show(sentence(error), { isError: true });
    },
  });
}

export type { Wrong };
