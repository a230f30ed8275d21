import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { dashboardQuery } from "../api";
import { ByDay } from "./by-day";
import { Figures } from "./figures";
import { RecentFailures, RecentLeads } from "./recent";

export function Dashboard({ days, onDays }: { days: number; onDays: (days: number) => void }) {
  const dashboard = useQuery({ ...dashboardQuery(days), placeholderData: keepPreviousData });
  if (dashboard.isPending) {
    return (
      <div role="status" aria-label="Loading the dashboard" className="space-y-4">
        <div className="grid grid-cols-2 gap-3 lg:grid-cols-4 lg:gap-4">
          {[0, 1, 2, 3].map((card) => (
            <Skeleton key={card} className="h-30 rounded-large" />
          ))}
        </div>
        <Skeleton className="h-80 rounded-large" />
      </div>
    );
  }
  if (dashboard.isError) return <ErrorState error={dashboard.error} what="The dashboard" retry={() => void dashboard.refetch()} />;
  const { data } = dashboard;
  return (
    <div className="space-y-4">
      <Figures data={data} />
      <ByDay series={data.series} days={days} onDays={onDays} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <RecentLeads leads={data.recent_leads} />
        <RecentFailures failures={data.recent_failures} />
      </div>
    </div>
  );
}
