import { QueryClient } from "@tanstack/react-query";
import { ProblemError } from "./problem";

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // Only what may pass by itself is tried again.
        retry: (count, error) =>
          count < 2 && (!(error instanceof ProblemError) || error.status === 0 || error.status >= 502),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}
