import { Navigate, useParams } from "react-router";

/** Links of older mails have their secret in the path. From here on it stands behind `#`, where no server and no referrer sees it. */
export function Component() {
  const { token = "" } = useParams();
  return <Navigate replace to={{ pathname: "/approve", hash: new URLSearchParams({ token }).toString() }} />;
}
