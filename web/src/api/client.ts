import createClient from "openapi-fetch";
import { randomId } from "@/lib/random-id";
import { problemFrom, unreachableError } from "./problem";
import type { paths } from "./schema.gen";
import { accessToken, refreshSession } from "./session";

const withoutToken = /\/api\/v1\/(auth\/|signup|invitations\/(accept|show)|approval-links\/)/;

function authorise(request: Request): Request {
  const token = accessToken();
  if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

/** Adds the token, and renews it once when the server says it is no longer good. */
export async function send(request: Request): Promise<Response> {
  try {
    if (withoutToken.test(request.url)) {
      request.headers.set("X-Auterity-Csrf", "1");
      return await fetch(request);
    }
    if (request.method === "POST") request.headers.set("Idempotency-Key", randomId());
    const again = request.clone();
    const response = await fetch(authorise(request));
    if (response.status !== 401) return response;
    return (await refreshSession()) ? await fetch(authorise(again)) : response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachableError();
  }
}

export const client = createClient<paths>({ baseUrl: globalThis.location.origin, fetch: send });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; throws a ProblemError for any other. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemFrom(error, response.status);
  return data as NonNullable<T>;
}

/** For answers without a body (202, 204). */
export async function done(answer: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await answer;
  if (!response.ok) throw problemFrom(error, response.status);
}
