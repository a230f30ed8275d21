import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";

/** What steps and triggers there are; changes only with a new release. */
export const stepTypesQuery = queryOptions({
  queryKey: ["step-types"],
  queryFn: () => unwrap(client.GET("/api/v1/step-types")),
  staleTime: 10 * 60_000,
});
