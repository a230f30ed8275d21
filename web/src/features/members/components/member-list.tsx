import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMe, usePermission } from "@/api/me";
import type { MemberView, Role } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Select } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { StatusPill } from "@/components/ui/status";
import { Time } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { membersQuery, useUpdateMember } from "../api";
import { roleLabel, roles } from "./roles";

function Row({ member, own, manage }: { member: MemberView; own: boolean; manage: boolean }) {
  const [asking, setAsking] = useState(false);
  const update = useUpdateMember();
  const toast = useToast();
  const active = member.status === "active";
  const change = (body: { role?: Role; status?: "active" | "disabled" }, title: string) =>
    update.mutate(
      { userId: member.user_id, ...body },
      {
        onSuccess: () => toast({ title }),
        onError: (error) => toast({ title: "Nothing was changed", detail: error.message, tone: "failure" }),
        onSettled: () => setAsking(false),
      },
    );
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 md:px-5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-medium">
          {member.name}
          {own && <span className="font-normal text-faint"> (you)</span>}
        </p>
        <p className="truncate text-small text-muted">{member.email}</p>
      </div>
      <p className="w-36 text-small text-faint">{member.last_seen_at == null ? "Never signed in" : <>Seen <Time value={member.last_seen_at} /></>}</p>
      <StatusPill status={member.status} />
      {manage && !own ? (
        <>
          <div className="w-44">
            <Select aria-label={`Role of ${member.name}`} value={member.role} disabled={update.isPending} onChange={(event) => change({ role: event.target.value as Role }, `${member.name}'s role changed`)}>
              {roles.map((role) => (
                <option key={role.value} value={role.value}>
                  {role.label}
                </option>
              ))}
            </Select>
          </div>
          <Button variant="ghost" size="small" className="w-20" onClick={() => (active ? setAsking(true) : change({ status: "active" }, `${member.name} may sign in again`))}>
            {active ? "Disable" : "Enable"}
          </Button>
        </>
      ) : (
        <p className={manage ? "text-small text-muted md:w-68 md:pl-3" : "w-36 text-small text-muted"}>{roleLabel(member.role)}</p>
      )}
      <Confirm open={asking} onClose={() => setAsking(false)} onConfirm={() => change({ status: "disabled" }, `${member.name} is disabled`)} busy={update.isPending} danger title={`Disable ${member.name}?`} action="Disable">
        They are signed out everywhere within a second and can't sign in until you enable them again. What they made stays.
      </Confirm>
    </li>
  );
}

export function MemberList() {
  const members = useInfiniteQuery(membersQuery);
  const me = useMe();
  const manage = usePermission("members:manage");
  return (
    <Section title="People" bodyClassName="">
      {members.isPending && <SkeletonRows rows={3} label="Loading members" />}
      {members.isError && <ErrorState error={members.error} what="The members" retry={() => void members.refetch()} />}
      <ul aria-label="Members" className="divide-y divide-line">
        {members.data?.pages.flatMap((page) => page.items).map((member) => (
          <Row key={member.user_id} member={member} own={member.user_id === me?.user.id} manage={manage} />
        ))}
      </ul>
      <LoadMore hasMore={members.hasNextPage} busy={members.isFetchingNextPage} onMore={() => void members.fetchNextPage()} />
    </Section>
  );
}
