import { Compass } from "lucide-react";
import { ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { useTitle } from "@/lib/use-title";

export function Component() {
  useTitle("Not found");
  return (
    <EmptyState page icon={Compass} title="There is no such page" action={<ButtonLink to="/">Go to the dashboard</ButtonLink>}>
      The address may be mistyped, or the page has moved.
    </EmptyState>
  );
}
