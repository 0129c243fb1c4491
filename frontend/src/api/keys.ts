// Keys of presses: the API does what is sent twice under one key once, so a press whose answer was lost may be repeated.
import { ApiFailure } from "./failure";

/** Whoever presses the same later than that means it anew. */
const REPEATED_WITHIN = 300_000;

/** Nobody knows then whether it was done. */
const UNANSWERED = new Set(["api.unreachable", "api.silent", "api.unavailable", "api.key_in_use"]);

interface Lost {
  key: string;
  at: number;
}

/** `now` is the clock, in milliseconds. */
export class Keys {
  private readonly lost = new Map<string, Lost>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Sends a press under a key of its own, or under that of the same press before it where that was never answered. */
  async under<Result>(press: string, send: (key: string) => Promise<Result>): Promise<Result> {
    for (const [old, { at }] of this.lost) if (this.now() - at >= REPEATED_WITHIN) this.lost.delete(old);
    const key = this.lost.get(press)?.key ?? fresh();
    this.lost.delete(press);
    try {
      return await send(key);
    } catch (error) {
      if (error instanceof ApiFailure && UNANSWERED.has(error.code)) this.lost.set(press, { key, at: this.now() });
      throw error;
    }
  }
}

/** Not `randomUUID`, which a page without TLS does not have. */
function fresh(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
