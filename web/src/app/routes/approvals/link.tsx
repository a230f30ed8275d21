import { useParams } from "react-router";
import { ApprovalLinkPage } from "@/features/approvals/components/link-page";

export function Component() {
  const { token = "" } = useParams();
  return <ApprovalLinkPage key={token} token={token} />;
}
