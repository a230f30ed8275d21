import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";

export const dashboardQuery = (days: number) =>
  queryOptions({
    queryKey: ["dashboard", days],
    queryFn: () => unwrap(client.GET("/api/v1/dashboard", { params: { query: { days } } })),
    refetchInterval: 60_000,
  });
