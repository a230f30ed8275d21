import { Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { DashboardDay } from "@/api/types";
import { formatDay, formatNumber, formatSeconds } from "@/lib/format";

const axis = { fontSize: 12, fill: "var(--faint)" };

function minutesTick(seconds: number): string {
  return seconds === 0 ? "0" : formatSeconds(seconds);
}

/** Leads as bars on the left axis, the median response time as a line on the right one. */
export default function DayChart({ series }: { series: DashboardDay[] }) {
  return (
    <figure aria-label="Leads and median response time by day" className="h-64 w-full">
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart data={series} margin={{ top: 28, right: 4, bottom: 0, left: 4 }} accessibilityLayer>
          <CartesianGrid yAxisId="leads" vertical={false} stroke="var(--line)" />
          <XAxis dataKey="date" tickFormatter={formatDay} tick={axis} tickLine={false} axisLine={{ stroke: "var(--line-strong)" }} minTickGap={16} />
          <YAxis yAxisId="leads" allowDecimals={false} width={34} tick={axis} tickLine={false} axisLine={false} label={{ value: "leads", position: "top", offset: 14, ...axis }} />
          <YAxis yAxisId="time" orientation="right" width={56} tickFormatter={minutesTick} tick={axis} tickLine={false} axisLine={false} label={{ value: "response", position: "top", offset: 14, ...axis }} />
          <Tooltip
            cursor={{ fill: "var(--hover)" }}
            contentStyle={{ background: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: 8, fontSize: 13, color: "var(--ink)" }}
            labelFormatter={(label) => formatDay(typeof label === "string" ? label : "")}
            formatter={(value, name) => [
              name === "Median response" ? formatSeconds(Number(value)) : formatNumber(Number(value)),
              String(name),
            ]}
          />
          <Bar yAxisId="leads" dataKey="leads" name="Leads" fill="var(--accent)" radius={[3, 3, 0, 0]} maxBarSize={36} isAnimationActive={false} />
          <Bar yAxisId="leads" dataKey="failures" name="Failed runs" fill="var(--failure)" radius={[3, 3, 0, 0]} maxBarSize={36} isAnimationActive={false} />
          <Line yAxisId="time" dataKey="median_response_seconds" name="Median response" stroke="var(--waiting)" strokeWidth={2} dot={{ r: 3, fill: "var(--waiting)" }} connectNulls isAnimationActive={false} />
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}
