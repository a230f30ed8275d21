import { ApprovalLinkPage } from "@/features/approvals/components/link-page";
import { useLinkToken } from "@/lib/link-token";

export function Component() {
  const token = useLinkToken();
  return <ApprovalLinkPage key={token} token={token} />;
}
