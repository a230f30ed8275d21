import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, done, unwrap } from "@/api/client";

const path = "/api/v1/notifications";

export const unreadQuery = queryOptions({
  queryKey: ["notifications", "unread"],
  queryFn: async () => (await unwrap(client.GET(path, { params: { query: { unread: true, limit: 100 } } }))).items,
});

export const notificationsQuery = infiniteQueryOptions({
  queryKey: ["notifications", "all"],
  queryFn: ({ pageParam }) => unwrap(client.GET(path, { params: { query: { cursor: pageParam, limit: 30 } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

export function useMarkRead() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      id === "all"
        ? done(client.POST(`${path}/read-all`))
        : done(client.POST(`${path}/{id}/read`, { params: { path: { id } } })),
    onMutate: (id) => {
      queries.setQueryData(unreadQuery.queryKey, (items) =>
        id === "all" ? [] : items?.filter((item) => item.id !== id),
      );
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["notifications"] }),
  });
}
