import { lazy, Suspense, useState } from "react";
import { ChartColumn, Table2 } from "lucide-react";
import type { DashboardDay } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/states";
import { DayTable } from "./day-table";

const DayChart = lazy(() => import("./day-chart"));

function Key({ color, label }: { color: string; label: string }) {
  return (
    <li className="flex items-center gap-1.5">
      <span aria-hidden className="size-2.5 rounded-full" style={{ background: color }} />
      {label}
    </li>
  );
}

export function ByDay({ series, days, onDays }: { series: DashboardDay[]; days: number; onDays: (days: number) => void }) {
  const [table, setTable] = useState(false);
  return (
    <Section
      title="By day"
      bodyClassName={table ? "" : "p-4 md:p-5"}
      action={
        <div className="flex items-center gap-1">
          {[7, 30].map((count) => (
            <Button key={count} size="small" variant={count === days ? "secondary" : "ghost"} aria-pressed={count === days} onClick={() => onDays(count)}>
              {count} days
            </Button>
          ))}
          <Button size="small" variant="ghost" aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? <ChartColumn aria-hidden /> : <Table2 aria-hidden />}
            {table ? "Chart" : "Table"}
          </Button>
        </div>
      }
    >
      {table ? (
        <DayTable series={series} />
      ) : (
        <>
          <ul aria-label="Key" className="mb-1 flex flex-wrap gap-x-5 gap-y-1 text-small text-muted">
            <Key color="var(--accent)" label="Leads" />
            <Key color="var(--failure)" label="Failed runs" />
            <Key color="var(--waiting)" label="Median response" />
          </ul>
          <Suspense fallback={<Skeleton className="h-64" />}>
            <DayChart series={series} />
          </Suspense>
        </>
      )}
    </Section>
  );
}
