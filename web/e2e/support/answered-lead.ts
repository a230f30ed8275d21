import { type APIRequestContext, expect } from "@playwright/test";
import { adfLead } from "./lead";
import { address, postLead } from "./people";

export interface AnsweredLead {
  workflow: string;
  run: string;
  lead: string;
}

/** A dealership's first answered lead through the API, for tests that look at what it left. */
export async function answeredLead(request: APIRequestContext, token: string): Promise<AnsweredLead> {
  const call = async <T>(method: "get" | "post", path: string, data?: object): Promise<T> => {
    const answer = await request[method](`/api/v1${path}`, { headers: { authorization: `Bearer ${token}` }, ...(data === undefined ? {} : { data }) });
    expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as T;
  };
  const { id } = await call<{ id: string }>("post", "/templates/answer-internet-lead/instantiate", { parameters: {} });
  await call("post", `/workflows/${id}/publish`, {});
  const { triggers } = await call<{ triggers: { url: string | null }[] }>("get", `/workflows/${id}`);
  const customer = { first: "Priya", last: "Raghunathan", email: address("priya") };
  const accepted = await postLead(request, triggers[0]?.url ?? "", adfLead("AF-7F3A2291", customer));
  const status = async () => (await call<{ status: string }>("get", `/executions/${accepted.execution_id}`)).status;
  await expect.poll(status).toBe("succeeded");
  return { workflow: id, run: accepted.execution_id, lead: accepted.lead_id };
}
