import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { meQuery } from "@/api/me";
import { startSession } from "@/api/session";
import type { TriggerView } from "@/api/types";
import { ToastProvider } from "@/components/ui/toast";
import { me, session } from "@/testing/data/people";
import { server } from "@/testing/server";
import { TriggerAddress } from "./trigger-address";

const url = "https://auterity.test/hooks/h_secret";
const trigger: TriggerView = { id: "lead", type: "webhook", enabled: true, has_url: true, url };

function show(shown: TriggerView, permissions: readonly string[] = me.permissions) {
  startSession(session);
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  queries.setQueryData(meQuery.queryKey, { ...me, permissions: [...permissions] });
  render(
    <QueryClientProvider client={queries}>
      <ToastProvider>
        <TriggerAddress workflowId="w1" type={shown.type} trigger={shown} published />
      </ToastProvider>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

test("who may only look at workflows sees that there is an address, and no more", () => {
  show({ ...trigger, url: null }, ["me:read", "workflows:read"]);
  expect(screen.getByText("The address is a secret. Those who may edit workflows see it here.")).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

test("rotating asks first what becomes of the old address", async () => {
  let sent: unknown;
  server.use(
    http.post("*/api/v1/workflows/w1/triggers/lead/rotate", async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json({ ...trigger, url: "https://auterity.test/hooks/h_new" });
    }),
  );
  const user = show(trigger);
  expect(screen.getByText(url)).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Rotate" }));
  expect(sent).toBeUndefined();
  await user.selectOptions(await screen.findByLabelText("The old address"), "ends now, because others have seen it");
  await user.click(screen.getByRole("button", { name: "Rotate address" }));
  await waitFor(() => expect(sent).toEqual({ grace_days: 0 }));
  expect(await screen.findByText("There is a new address")).toBeInTheDocument();
});

test("an address that works on says until when", () => {
  show({ ...trigger, previous_url_until: "2026-12-08T15:00:00Z" });
  expect(screen.getByText(/The address before it works until/)).toBeInTheDocument();
});
