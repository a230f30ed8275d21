import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import type { LeadStatus, LeadUpdate, LeadView } from "@/api/types";

export const leadsQuery = (status: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ["leads", "list", { status, q }],
    queryFn: ({ pageParam }) =>
      unwrap(
        client.GET("/api/v1/leads", {
          params: { query: { cursor: pageParam, ...(status === "" ? {} : { status: status as LeadStatus }), ...(q === "" ? {} : { q }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const leadQuery = (id: string) =>
  queryOptions({
    queryKey: ["leads", "detail", id],
    queryFn: () => unwrap(client.GET("/api/v1/leads/{id}", { params: { path: { id } } })),
  });

/** Shows a new status at once and takes it back if the server says no. */
export function useUpdateLead(id: string) {
  const queries = useQueryClient();
  const { queryKey } = leadQuery(id);
  return useMutation({
    mutationFn: (body: LeadUpdate) => unwrap(client.PATCH("/api/v1/leads/{id}", { params: { path: { id } }, body })),
    onMutate: ({ status }) => {
      const before = queries.getQueryData<LeadView>(queryKey);
      if (before !== undefined && status != null) queries.setQueryData(queryKey, { ...before, status });
      return { before };
    },
    onError: (_error, _body, context) => queries.setQueryData(queryKey, context?.before),
    onSuccess: (lead) => queries.setQueryData(queryKey, lead),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["leads", "list"] }),
        queries.invalidateQueries({ queryKey: ["dashboard"] }),
      ]),
  });
}
