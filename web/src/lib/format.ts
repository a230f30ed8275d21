/** Every number, date and duration on screen goes through here, in the tenant's time zone. */

const locale = "en-US";
const integer = new Intl.NumberFormat(locale);
const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone ?? ""}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(locale, { ...options, ...(zone === undefined ? {} : { timeZone: zone }) });
    cache.set(key, found);
  }
  return found;
}

export function formatNumber(value: number): string {
  return integer.format(value);
}

/** "$34,995", "€18,400.50": whole units of a currency, cents only where there are some. */
export function formatMoney(value: number, currency: string | null | undefined): string {
  const digits = Number.isInteger(value) ? 0 : 2;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency: currency ?? "USD", ...options }).format(value);
  } catch {
    return `${formatNumber(value)} ${currency ?? ""}`.trim();
  }
}

/** "Nov 21, 2026, 4:05 PM" */
export function formatDateTime(iso: string, zone?: string): string {
  const options = { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" } as const;
  return formatter(zone, options).format(new Date(iso));
}

/** "4:05:09 PM": for logs and events of one run. */
export function formatTime(iso: string, zone?: string): string {
  return formatter(zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(new Date(iso));
}

/** "Nov 21" for a plain date (yyyy-mm-dd), which belongs to no time zone. */
export function formatDay(date: string): string {
  return formatter("UTC", { month: "short", day: "numeric" }).format(new Date(`${date}T00:00:00Z`));
}

/** "42 s", "3 min 5 s", "2 h 10 min", "3 d 4 h"; the two largest units. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const units: [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const start = units.findIndex(([size]) => whole >= size);
  const parts: string[] = [];
  let rest = whole;
  for (const [size, name] of units.slice(start, start + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(" ");
}

/** How long a customer waited: nobody reads fractions of a second there. */
export function formatResponse(seconds: number): string {
  return seconds < 1 ? "under 1 s" : formatSeconds(seconds);
}

/** The time between two moments; null when it hasn't begun. */
export function secondsBetween(start: string | null | undefined, end: string | null | undefined, now: number): number | null {
  if (start == null) return null;
  const stop = end == null ? now : Date.parse(end);
  return Math.max(0, (stop - Date.parse(start)) / 1000);
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** "just now", "5 minutes ago", "yesterday"; beyond a week the date. */
export function formatRelative(iso: string, now: number, zone?: string): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return seconds <= 0 ? "just now" : "in a moment";
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
  if (size < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), "day");
  return formatter(zone, { year: "numeric", month: "short", day: "numeric" }).format(new Date(iso));
}

/** "needs_review" → "Needs review" */
export function humanise(name: string): string {
  const words = name.replaceAll(/[_\-.:]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const triggers: Record<string, string> = {
  adf_lead: "Internet lead",
  webhook: "Webhook",
  manual: "By hand",
  schedule: "Schedule",
  record: "Record",
  event: "Event",
  workflow: "Another workflow",
  error: "Error of a workflow",
};

/** What started a run, in words. */
export function triggerName(type: string): string {
  return triggers[type] ?? humanise(type);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** "412 B", "3.4 KB", "1.2 MB" */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 999_950 ? [bytes / 1000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${Number(size.toFixed(1))} ${unit}`;
}

/** "3.5 %" of a share between 0 and 1. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
