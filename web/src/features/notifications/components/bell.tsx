import { Popover, PopoverButton, PopoverPanel } from "@headlessui/react";
import { useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { Button } from "@/components/ui/button";
import { unreadQuery, useMarkRead } from "../api";
import { NotificationList } from "./notification-list";

export function NotificationBell() {
  const unread = useQuery(unreadQuery).data?.length ?? 0;
  const read = useMarkRead();
  const label = unread === 0 ? "Notifications" : `Notifications, ${unread} unread`;
  return (
    <Popover>
      <PopoverButton
        aria-label={label}
        className="relative flex size-9 items-center justify-center rounded-medium text-muted hover:bg-hover hover:text-ink data-open:bg-hover"
      >
        <Bell aria-hidden className="size-[18px]" />
        {unread > 0 && (
          <span aria-hidden className="tabular absolute -top-0.5 -right-0.5 flex h-[18px] min-w-[18px] items-center justify-center rounded-full bg-failure-solid px-1 text-[11px] leading-none font-semibold text-white">
            {unread > 99 ? "99+" : unread}
          </span>
        )}
      </PopoverButton>
      <PopoverPanel
        anchor={{ to: "bottom end", gap: 8, padding: 12 }}
        transition
        className="z-50 flex max-h-[70vh] w-[380px] max-w-[calc(100vw-24px)] flex-col rounded-large border border-line bg-surface shadow-float transition duration-100 data-closed:opacity-0"
      >
        {({ close }) => (
          <>
            <header className="flex h-12 shrink-0 items-center justify-between border-b border-line px-4">
              <h2 className="font-semibold">Notifications</h2>
              <Button variant="ghost" size="small" disabled={unread === 0} onClick={() => read.mutate("all")}>
                Mark all read
              </Button>
            </header>
            <div className="min-h-0 flex-1 overflow-y-auto">
              <NotificationList onOpen={close} />
            </div>
          </>
        )}
      </PopoverPanel>
    </Popover>
  );
}
