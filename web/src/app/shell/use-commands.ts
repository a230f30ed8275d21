import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type LucideIcon, Monitor, Moon, Plus, Sun, UserRoundPlus, UserRoundSearch, Workflow } from "lucide-react";
import { client, unwrap } from "@/api/client";
import type { MeView } from "@/api/types";
import { type ThemeChoice, useTheme } from "@/lib/theme";
import { folded } from "@/lib/folded";
import { useDebounced } from "@/lib/use-debounced";
import { visiblePlaces } from "./navigation";

export interface Command {
  id: string;
  label: string;
  kind: string;
  icon: LucideIcon;
  to?: string;
  run?: () => void;
}

const themes: { choice: ThemeChoice; label: string; icon: LucideIcon }[] = [
  { choice: "light", label: "Light theme", icon: Sun },
  { choice: "dark", label: "Dark theme", icon: Moon },
  { choice: "system", label: "Theme as the system", icon: Monitor },
];

/** Pages and actions at once; customers and workflows once there is something to look for. */
export function useCommands(me: MeView, query: string): { commands: Command[]; searching: boolean } {
  const { choose } = useTheme();
  const needle = query.trim().toLowerCase();
  const asked = useDebounced(needle, 200);
  const may = (permission: string) => me.tenant != null && me.permissions.includes(permission);
  const search = asked.length >= 2;
  const leads = useQuery({
    queryKey: ["leads", "palette", asked],
    queryFn: () => unwrap(client.GET("/api/v1/leads", { params: { query: { q: asked, limit: 6 } } })),
    enabled: search && may("leads:read"),
    placeholderData: keepPreviousData,
  });
  const workflows = useQuery({
    queryKey: ["workflows", "palette"],
    queryFn: () => unwrap(client.GET("/api/v1/workflows", { params: { query: { limit: 100 } } })),
    enabled: may("workflows:read"),
  });
  const fixed: Command[] = [
    ...visiblePlaces(me.permissions, me.tenant != null).map((place) => ({ id: place.to, label: place.label, kind: "Page", icon: place.icon, to: place.to })),
    ...(may("workflows:write") ? [{ id: "new", label: "New workflow", kind: "Action", icon: Plus, to: "/workflows?new=1" }] : []),
    ...(may("members:manage") ? [{ id: "invite", label: "Invite a person", kind: "Action", icon: UserRoundPlus, to: "/settings/members?invite=1" }] : []),
    ...themes.map(({ choice, label, icon }) => ({ id: choice, label, kind: "Theme", icon, run: () => choose(choice) })),
  ];
  const found: Command[] = needle.length < 2 ? [] : [
    ...(leads.data?.items ?? []).map((lead) => ({
      id: lead.id,
      label: [lead.customer?.name ?? "Unknown customer", lead.vehicle?.label].filter((part) => part != null).join(" · "),
      kind: "Lead",
      icon: UserRoundSearch,
      to: `/leads/${lead.id}`,
    })),
    ...(workflows.data?.items ?? [])
      .filter((workflow) => folded(workflow.name).includes(folded(needle)))
      .map((workflow) => ({ id: workflow.id, label: workflow.name, kind: "Workflow", icon: Workflow, to: `/workflows/${workflow.id}` })),
  ];
  const matching = fixed.filter((command) => needle === "" || folded(command.label).includes(folded(needle)));
  return { commands: [...found, ...matching], searching: leads.isFetching };
}
