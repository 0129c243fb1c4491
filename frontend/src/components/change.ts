// A change asked for by a button: says how it went, and has every view look again.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { ApiFailure } from "../api/failure";
import type { Permission, TypedDocumentString } from "../api/typed";
import { useMay } from "./may";
import { sentence } from "./shown";

interface Wrong {
  field?: string[] | null;
  message: string;
  code: string;
}

interface Payload {
  userErrors: Wrong[];
}

/** What a document that changes something asks of the one who sends it. */
export function asks(document: { __meta__?: Record<string, unknown> | undefined }): Permission {
  return document.__meta__?.["needs"] as Permission;
}

/** What a document needs, and `open`, which raises ApiFailure instead of having something sent that would be refused. */
export function useDeed(document: Parameters<typeof asks>[0]) {
  const needs = asks(document);
  const why = useMay().why(needs);
  const open = () => {
    if (why) throw new ApiFailure(why, "api.role_missing");
  };
  return { needs, open };
}

/** `picked` finds the payload in the answer; `done` is told of it when nothing was wrong, and may say a word. */
export function useChange<Result, Variables, Found extends Payload>(
  document: TypedDocumentString<Result, Variables>,
  picked: (result: Result) => Found,
  done: (payload: Found) => string | undefined,
  wrong?: (errors: Wrong[]) => void,
) {
  const answers = useQueryClient();
  const { needs, open } = useDeed(document);
  const change = useMutation({
    mutationFn: async (variables: Variables) => {
      // A form is sent by the save bar too, which no button of ours shuts.
      open();
      return ask(document, variables);
    },
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
  return { ...change, needs };
}

export type { Wrong };
