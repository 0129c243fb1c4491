// Days as people choose them, on their own clock, and as the API is asked for them.

const DAY = 86_400_000;

/** Today, or so many milliseconds from now, as 2026-11-30. */
export function today(off = 0): string {
  return written(new Date(Date.now() + off));
}

export function written(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** The first instant of a day where the person is; with a day added, the first after it. */
export function firstInstant(day: string, off = 0): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + Math.round(off / DAY)).toISOString();
}

/** The first and the last day of this month and of those before, the newest first; none ends after today. */
export function months(count: number, now = new Date()): { since: string; until: string }[] {
  return Array.from({ length: count }, (_, back) => {
    const last = new Date(now.getFullYear(), now.getMonth() - back + 1, 0);
    return { since: written(new Date(now.getFullYear(), now.getMonth() - back, 1)), until: written(last < now ? last : now) };
  });
}
