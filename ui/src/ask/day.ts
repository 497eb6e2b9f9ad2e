/** The date that documents are read at: a day in the form, a moment for the server. */

const pad = (part: number, length: number): string => String(part).padStart(length, "0");

/** A day as a date field spells it, in the person's own time zone. */
export const dayOf = (date: Date): string =>
  `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`;

/** The end of a day, so that what was published on it counts; null for no day, and for today, which is now. */
export function momentOf(day: string, now: Date): string | null {
  if (!day || day >= dayOf(now)) return null;
  const end = new Date(`${day}T23:59:59.999`);
  return Number.isNaN(end.getTime()) ? null : end.toISOString();
}
