import { useState } from "react";
import { infiniteQueryOptions, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Building2 } from "lucide-react";
import { client, unwrap } from "@/api/client";
import { usePermission } from "@/api/me";
import type { AdminTenantView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { FormError, TextField } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { EmptyState, ErrorState, SkeletonRows } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { plural } from "@/lib/format";

const tenantsQuery = infiniteQueryOptions({
  queryKey: ["admin", "tenants"],
  queryFn: ({ pageParam }) => unwrap(client.GET("/api/v1/admin/tenants", { params: { query: { cursor: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

function useChange(id: string) {
  const queries = useQueryClient();
  const params = { path: { id } };
  return useMutation({
    mutationFn: (reason: string | null) =>
      reason === null
        ? unwrap(client.POST("/api/v1/admin/tenants/{id}/reactivate", { params }))
        : unwrap(client.POST("/api/v1/admin/tenants/{id}/suspend", { params, body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["admin"] }),
  });
}

function Row({ tenant }: { tenant: AdminTenantView }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const manage = usePermission("tenants:manage");
  const change = useChange(tenant.id);
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 px-4 py-3 md:px-5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-medium">{tenant.name}</p>
        <p className="truncate text-small text-muted">
          {tenant.group_name} · {tenant.slug}
        </p>
      </div>
      <p className="tabular text-small text-muted">
        {plural(tenant.active_users, "active user")}, since <Time value={tenant.created_at} />
      </p>
      <StatusPill status={tenant.status} />
      {manage && tenant.status === "active" && (
        <Button size="small" variant="ghost" onClick={() => setAsking(true)}>
          Suspend
        </Button>
      )}
      {manage && tenant.status === "suspended" && (
        <Button size="small" variant="ghost" busy={change.isPending} onClick={() => change.mutate(null)}>
          Reactivate
        </Button>
      )}
      <Dialog open={asking} onClose={() => setAsking(false)} title={`Suspend ${tenant.name}?`}>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate(reason, { onSuccess: () => setAsking(false) });
          }}
        >
          <FormError>{change.error?.message ?? null}</FormError>
          <p className="text-muted">Everyone is signed out and no workflow runs until you reactivate it.</p>
          <TextField label="Reason" required value={reason} onChange={(event) => setReason(event.target.value)} />
          <Button type="submit" variant="danger" busy={change.isPending} disabled={reason.trim() === ""} className="self-end">
            Suspend
          </Button>
        </form>
      </Dialog>
    </li>
  );
}

export function TenantList() {
  const tenants = useInfiniteQuery(tenantsQuery);
  const items = tenants.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card className="overflow-hidden">
      {tenants.isPending && <SkeletonRows label="Loading dealerships" />}
      {tenants.isError && <ErrorState error={tenants.error} what="The dealerships" retry={() => void tenants.refetch()} />}
      {tenants.isSuccess && items.length === 0 && <EmptyState icon={Building2} title="No dealership has signed up yet" />}
      <ul aria-label="Dealerships" className="divide-y divide-line">
        {items.map((tenant) => (
          <Row key={tenant.id} tenant={tenant} />
        ))}
      </ul>
      <LoadMore hasMore={tenants.hasNextPage} busy={tenants.isFetchingNextPage} onMore={() => void tenants.fetchNextPage()} />
    </Card>
  );
}
