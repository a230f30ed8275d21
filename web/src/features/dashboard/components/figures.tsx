import { Link } from "react-router";
import type { DashboardView } from "@/api/types";
import { cx } from "@/lib/cx";
import { formatNumber, formatResponse, formatSeconds, plural } from "@/lib/format";

interface Figure {
  label: string;
  value: string;
  detail: string;
  to: string;
  alert?: boolean;
}

function figures(data: DashboardView): Figure[] {
  const { leads_today: leads, leads_answered_today: answered } = data;
  const median = data.median_response_seconds;
  const slow = data.p90_response_seconds;
  return [
    {
      label: "Leads today",
      value: formatNumber(leads),
      detail: leads === 0 ? "None so far" : `${formatNumber(answered)} answered`,
      to: "/leads",
    },
    {
      label: "Median response",
      value: median == null ? "–" : median < 1 ? "< 1 s" : formatSeconds(median),
      detail: slow == null ? "No answers yet" : `9 of 10 ${slow < 1 ? "" : "within "}${formatResponse(slow)}`,
      to: "/leads",
    },
    {
      label: "Runs today",
      value: formatNumber(data.executions_today),
      detail: data.failures_today === 0 ? "None failed" : `${formatNumber(data.failures_today)} failed`,
      to: data.failures_today === 0 ? "/executions" : "/executions?status=failed",
      alert: data.failures_today > 0,
    },
    {
      label: "Needs review",
      value: formatNumber(data.needs_review),
      detail: data.waiting_now === 0 ? "No run is waiting" : `${plural(data.waiting_now, "run")} waiting`,
      to: "/leads?status=needs_review",
    },
  ];
}

export function Figures({ data }: { data: DashboardView }) {
  return (
    <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4 lg:gap-4">
      {figures(data).map((figure) => (
        <li key={figure.label}>
          <Link to={figure.to} className="block h-full rounded-large border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong md:p-5">
            <p className="text-small text-muted">{figure.label}</p>
            <p className="tabular mt-1 text-display font-semibold tracking-tight">{figure.value}</p>
            <p className={cx("mt-0.5 text-small", figure.alert === true ? "font-medium text-failure" : "text-faint")}>{figure.detail}</p>
          </Link>
        </li>
      ))}
    </ul>
  );
}
