// A run's progress as it happens: by subscription, from its last cursor after a dropped line, by asking where none holds.
import { useQueryClient } from "@tanstack/preact-query";
import { useEffect, useState } from "preact/hooks";
import { told } from "../api/live";
import { ProgressDocument } from "../api/typed";
import type { ProgressSubscription } from "../api/typed";

const PAUSE = 2_000;

type Progress = ProgressSubscription["runProgress"];

export interface Watched {
  run?: Progress["run"];
  events: Progress["events"];
}

/** `live` is false for a run that has ended: there is nothing to watch. */
export function useProgress(id: string, live: boolean): Watched {
  const [watched, see] = useState<Watched>({ events: [] });
  const answers = useQueryClient();
  useEffect(() => {
    if (!live) return undefined;
    const end = new AbortController();
    void watch(id, end.signal, (progress) => {
      see((before) => ({ run: progress.run, events: [...progress.events.toReversed(), ...before.events] }));
      void answers.invalidateQueries({ queryKey: ["run", id] });
    });
    return () => end.abort();
  }, [id, live, answers]);
  return watched;
}

async function watch(id: string, signal: AbortSignal, hear: (progress: Progress) => void): Promise<void> {
  let after: string | null = null;
  while (!signal.aborted) {
    try {
      for await (const { runProgress } of told(ProgressDocument, { run: id, after }, signal)) {
        after = runProgress.cursor;
        hear(runProgress);
        if (runProgress.over) return;
      }
    } catch {
      // The view asks by itself meanwhile; the line is tried again.
    }
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}
