import { Button } from "./button";

interface LoadMoreProps {
  hasMore: boolean;
  busy: boolean;
  onMore: () => void;
}

export function LoadMore({ hasMore, busy, onMore }: LoadMoreProps) {
  if (!hasMore) return null;
  return (
    <div className="flex justify-center border-t border-line p-3">
      <Button variant="ghost" size="small" busy={busy} onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}
