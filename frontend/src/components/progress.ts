// A run's progress as it happens: by subscription, from its last cursor after a dropped line. While no line holds, the
// view's own asking shows how far it is.
import { useQueryClient } from "@tanstack/preact-query";
import { useEffect, useState } from "preact/hooks";
import { ApiFailure } from "../api/failure";
import { told } from "../api/live";
import { ProgressDocument } from "../api/typed";
import type { ProgressSubscription } from "../api/typed";

const SOON = 1_000;
const LATEST = 15_000;

/** What asking again will not change. */
const FINAL = new Set(["run.unknown", "page.cursor", "api.scope_missing", "api.role_missing", "api.document"]);

type Progress = ProgressSubscription["runProgress"];

export interface Watched {
  run?: Progress["run"];
  events: Progress["events"];
}

/** Of a run that has ended all is told at once. */
export function useProgress(id: string): Watched {
  const [watched, see] = useState<Watched>({ events: [] });
  const answers = useQueryClient();
  useEffect(() => {
    const end = new AbortController();
    void watch(id, end.signal, (progress) => {
      see((before) => ({ run: progress.run, events: [...progress.events.toReversed(), ...before.events] }));
      void answers.invalidateQueries({ queryKey: ["run", id] });
    });
    return () => end.abort();
  }, [id, answers]);
  return watched;
}

async function watch(id: string, signal: AbortSignal, hear: (progress: Progress) => void): Promise<void> {
  let after: string | null = null;
  let pause = SOON;
  while (!signal.aborted) {
    try {
      for await (const { runProgress } of told(ProgressDocument, { run: id, after }, signal)) {
        after = runProgress.cursor;
        pause = SOON;
        hear(runProgress);
        if (runProgress.over) return;
      }
    } catch (error) {
      if (error instanceof ApiFailure && FINAL.has(error.code)) return;
    }
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(LATEST, pause * 2);
  }
}
