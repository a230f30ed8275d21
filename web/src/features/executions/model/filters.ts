import type { ExecutionStatus, RunFilterBody } from "@/api/types";
import { dayStart } from "@/lib/zoned";

/** Which runs to list, as the address of the page says it. */
export interface RunFilter {
  status: ExecutionStatus[];
  workflow_id: string;
  trigger_type: string;
  /** "1h", "24h", "7d", "30d", "days" (from `from` to `to`), or "" for all. */
  range: string;
  from: string;
  to: string;
  business_key: string;
  search: string;
}

export const statuses = ["queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled"] as const;

const hours: Record<string, number> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

export const ranges = [
  { value: "", label: "Any time" },
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: "days", label: "Between two days" },
];

const names = ["workflow_id", "trigger_type", "range", "from", "to", "business_key", "search"] as const;

export function readFilter(params: URLSearchParams): RunFilter {
  const text = (name: string) => params.get(name) ?? "";
  const wanted = text("status").split(",");
  return {
    status: statuses.filter((status) => wanted.includes(status)),
    workflow_id: text("workflow_id"),
    trigger_type: text("trigger_type"),
    range: text("range"),
    from: text("from"),
    to: text("to"),
    business_key: text("business_key"),
    search: text("search"),
  };
}

/** The address with the changes; what isn't part of the filter stays. */
export function writeFilter(params: URLSearchParams, change: Partial<RunFilter>): URLSearchParams {
  const next = new URLSearchParams(params);
  const put = (name: string, value: string) => (value === "" ? next.delete(name) : next.set(name, value));
  for (const name of names) {
    const value = change[name];
    if (value !== undefined) put(name, value);
  }
  if (change.status !== undefined) put("status", change.status.join(","));
  if (change.range !== undefined && change.range !== "days") {
    next.delete("from");
    next.delete("to");
  }
  return next;
}

export function isFiltered(filter: RunFilter): boolean {
  return filter.status.length > 0 || names.some((name) => filter[name] !== "");
}

export interface RunQuery {
  status?: string;
  workflow_id?: string;
  trigger_type?: string;
  created_from?: string;
  created_to?: string;
  business_key?: string;
  search?: string;
}

function times(filter: RunFilter, now: number, zone: string | undefined): Pick<RunQuery, "created_from" | "created_to"> {
  const size = hours[filter.range];
  // Whole minutes, so that a list asked for twice is the same question.
  if (size !== undefined) return { created_from: new Date(Math.floor(now / 60_000) * 60_000 - size * 3_600_000).toISOString() };
  if (filter.range !== "days") return {};
  const [from, to] = [dayStart(filter.from, 0, zone), dayStart(filter.to, 1, zone)];
  return { ...(from === null ? {} : { created_from: from }), ...(to === null ? {} : { created_to: to }) };
}

/** What was typed as words that the server knows: the last one may still be unfinished. */
export function searchWords(typed: string): string {
  const words = typed.trim().split(/\s+/).filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  if (/^\p{L}{3,}$/u.test(last)) words[words.length - 1] = `${last}*`;
  return words.some((word) => word.replaceAll(/[^\p{L}\d]/gu, "").length >= 2) ? words.join(" ") : "";
}

/** What the server is asked; days are the dealership's. */
export function toQuery(filter: RunFilter, now: number, zone: string | undefined): RunQuery {
  const query: RunQuery = times(filter, now, zone);
  if (filter.status.length > 0) query.status = filter.status.join(",");
  for (const name of ["workflow_id", "trigger_type", "business_key"] as const) {
    if (filter[name] !== "") query[name] = filter[name];
  }
  const search = searchWords(filter.search);
  if (search !== "") query.search = search;
  return query;
}

/** The same as the body of a replay of many. */
export function toBody(filter: RunFilter, now: number, zone: string | undefined): RunFilterBody {
  const asked = toQuery(filter, now, zone);
  const given = (name: Exclude<keyof RunQuery, "status">) => asked[name] ?? null;
  return {
    status: filter.status,
    workflow_id: given("workflow_id"),
    trigger_type: given("trigger_type"),
    created_from: given("created_from"),
    created_to: given("created_to"),
    business_key: given("business_key"),
    search: given("search"),
  };
}
