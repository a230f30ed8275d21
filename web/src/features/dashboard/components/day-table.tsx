import type { DashboardDay } from "@/api/types";
import { cellClass, Table } from "@/components/ui/table";
import { formatDay, formatNumber, formatSeconds } from "@/lib/format";

export function DayTable({ series }: { series: DashboardDay[] }) {
  const head = [
    { label: "Day" },
    { label: "Leads", className: "text-right" },
    { label: "Median response", className: "text-right" },
    { label: "Runs", className: "text-right" },
    { label: "Failed", className: "text-right" },
  ];
  return (
    <Table label="Figures by day" head={head}>
      {[...series].reverse().map((day) => (
        <tr key={day.date}>
          <th scope="row" className={`${cellClass} font-medium whitespace-nowrap`}>
            {formatDay(day.date)}
          </th>
          <td className={`${cellClass} text-right`}>{formatNumber(day.leads)}</td>
          <td className={`${cellClass} text-right whitespace-nowrap`}>
            {day.median_response_seconds == null ? "–" : formatSeconds(day.median_response_seconds)}
          </td>
          <td className={`${cellClass} text-right`}>{formatNumber(day.executions)}</td>
          <td className={`${cellClass} text-right`}>{formatNumber(day.failures)}</td>
        </tr>
      ))}
    </Table>
  );
}
