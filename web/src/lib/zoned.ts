function partsAt(instant: number, zone: string | undefined): number {
  const format = new Intl.DateTimeFormat("en-US", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const found: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) found[type] = Number(value);
  return Date.UTC(found["year"] ?? 0, (found["month"] ?? 1) - 1, found["day"] ?? 1, found["hour"] ?? 0, found["minute"] ?? 0, found["second"] ?? 0);
}

/** The first moment of a day (yyyy-mm-dd), some days on, in a time zone; null if it is no day. */
export function dayStart(date: string, days: number, zone: string | undefined): string | null {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(midnight)) return null;
  const wanted = midnight + days * 86_400_000;
  // Two rounds settle it also where the clock changes that night.
  let instant = wanted;
  for (let round = 0; round < 2; round += 1) instant -= partsAt(instant, zone) - wanted;
  return new Date(instant).toISOString();
}
