import type { ReactNode } from "react";
import { Tab, TabGroup, TabList, TabPanel, TabPanels } from "@headlessui/react";

interface TabItem {
  id: string;
  label: ReactNode;
  content: ReactNode;
}

interface TabsProps {
  label: string;
  items: TabItem[];
  selected: string;
  onSelect: (id: string) => void;
}

export function Tabs({ label, items, selected, onSelect }: TabsProps) {
  const index = Math.max(0, items.findIndex((item) => item.id === selected));
  return (
    <TabGroup selectedIndex={index} onChange={(next) => onSelect(items[next]?.id ?? "")}>
      <TabList aria-label={label} className="flex gap-5 overflow-x-auto border-b border-line px-4 md:px-5">
        {items.map((item) => (
          <Tab
            key={item.id}
            className="-mb-px flex h-11 shrink-0 items-center gap-2 border-b-2 border-transparent text-small font-medium text-muted hover:text-ink data-selected:border-accent data-selected:text-ink"
          >
            {item.label}
          </Tab>
        ))}
      </TabList>
      <TabPanels>
        {items.map((item) => (
          <TabPanel key={item.id} tabIndex={-1}>
            {item.content}
          </TabPanel>
        ))}
      </TabPanels>
    </TabGroup>
  );
}
