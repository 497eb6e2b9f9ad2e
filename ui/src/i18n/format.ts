import type { LanguageCode } from "./language";

export function formatDate(value: string, code: LanguageCode): string {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? value : date.toLocaleDateString(code, { dateStyle: "long" });
}

export function formatMoment(value: string, code: LanguageCode): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return value;
  return date.toLocaleString(code, { dateStyle: "medium", timeStyle: "short" });
}

const units = { en: ["B", "kB", "MB", "GB"], fr: ["o", "ko", "Mo", "Go"] } as const;

/** A size in bytes for people: 1 kB is 1000 bytes, as file managers count. */
export function formatSize(bytes: number, code: LanguageCode): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < 3) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toLocaleString(code, { maximumFractionDigits: digits })}\u00a0${units[code][unit] ?? ""}`;
}
