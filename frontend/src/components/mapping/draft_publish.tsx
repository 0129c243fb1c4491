// Publishing the draft as it was seen: whoever changed it or published past it meanwhile is told of, and nothing is lost.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { MappingNoteDocument, MappingPublishDocument } from "../../api/typed";
import type { MappingStandingQuery } from "../../api/typed";
import { draft as words } from "../../texts/mapping_versions";
import { Asked } from "../asked";
import { useDeed } from "../change";
import type { Wrong } from "../change";
import { sentence } from "../shown";
import { said, standing, standingKey } from "./draft_standing";
import type { Draft, Standing } from "./draft_standing";
import { useWay } from "./way";

const MEANWHILE: Record<string, string> = {
  "mapping.draft_changed": words.changedMeanwhile,
  "mapping.draft_behind": words.behindMeanwhile,
};

interface Wanted {
  seen: Draft;
  note: string;
}

interface Answered {
  version?: number;
  /** How many that waited run again by it. */
  again?: number;
  wrong?: Wrong;
}

/** The note is part of the draft, so a new one is saved first; publishing then names what came of that. */
async function published(connection: string, { seen, note }: Wanted): Promise<Answered> {
  let { revision } = seen;
  if (note.trim() !== seen.note) {
    const { mappingDraftSave: saved } = await ask(MappingNoteDocument, { connection, revision, note });
    const [wrong] = saved.userErrors;
    if (wrong || !saved.draft) return wrong ? { wrong } : {};
    revision = saved.draft.revision;
  }
  // Only what was seen may be undone: not a version that came after the one that was told of.
  const { mappingDraftPublish: made } = await ask(MappingPublishDocument, { connection, revision, over: seen.behind });
  const [wrong] = made.userErrors;
  if (wrong) return { wrong };
  return made.version ? { version: made.version.number, again: made.records ?? 0 } : {};
}

export function Publish({ connection, found, disabled }: { connection: string; found: Standing; disabled: boolean }) {
  const answers = useQueryClient();
  const [seen, see] = useState(found);
  const [note, write] = useState(found.draft.note);
  const [refused, refuse] = useState<string>();
  const look = (at: Standing) => {
    see(at);
    write(at.draft.note);
    refuse(undefined);
  };
  const { needs, open } = useDeed(MappingPublishDocument);
  const publish = useMutation({
    mutationFn: async (wanted: Wanted) => {
      open();
      return published(connection, wanted);
    },
    onSuccess: async ({ version, again = 0, wrong }) => {
      if (version !== undefined) shopify.toast.show(words.published(version, again));
      await answers.invalidateQueries();
      // What it says now was not seen before the refusal: it is shown with it.
      const now = standing(answers.getQueryData<MappingStandingQuery>(standingKey(connection)));
      if (now) see(now);
      if (wrong) refuse(MEANWHILE[wrong.code] ?? wrong.message);
    },
    onError: (error) => refuse(sentence(error)),
  });
  const { draft, differs } = seen;
  return (
    <Asked
      label={words.publish}
      heading={words.ask}
      act={draft.behind === null ? words.publish : words.over(draft.behind)}
      variant="primary"
      critical={draft.behind !== null}
      of={{ ...publish, needs }}
      disabled={disabled}
      opened={() => look(found)}
      press={(close) => publish.mutate({ seen: draft, note }, { onSuccess: ({ version }) => version !== undefined && close() })}
    >
      {refused && (
        <s-banner tone="critical" heading={words.refused}>
          <s-paragraph>{refused}</s-paragraph>
        </s-banner>
      )}
      {draft.behind !== null && <Behind draft={draft} />}
      <s-paragraph>
        {said(differs)} {words.askMore}
      </s-paragraph>
      <s-text-field
        label={words.note}
        details={words.noteMore}
        value={note}
        maxLength={500}
        autocomplete="off"
        onInput={(event) => write(event.currentTarget.value)}
      />
    </Asked>
  );
}

export function Behind({ draft }: { draft: Draft }) {
  const at = useWay();
  if (draft.behind === null) return null;
  return (
    <s-banner tone="warning" heading={words.behind(draft.behind)}>
      <s-paragraph>{words.behindMore(draft.behind)}</s-paragraph>
      {draft.basedOn !== null && (
        <s-button slot="secondary-actions" href={at("/mapping/changes", { was: draft.basedOn, now: draft.behind })}>
          {words.behindLook(draft.behind)}
        </s-button>
      )}
    </s-banner>
  );
}
