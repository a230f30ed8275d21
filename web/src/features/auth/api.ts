import { queryOptions } from "@tanstack/react-query";
import { client, done, unwrap } from "@/api/client";
import { endSession, startSession } from "@/api/session";
import type { LoginRequest, SessionView, SignupRequest } from "@/api/types";
import { rememberTenant } from "@/lib/tenant-address";

function begin(session: SessionView): SessionView {
  if (session.tenant != null) rememberTenant(session.tenant.slug);
  startSession(session);
  return session;
}

export async function signIn(body: LoginRequest): Promise<SessionView> {
  return begin(await unwrap(client.POST("/api/v1/auth/login", { body })));
}

export async function signOut(): Promise<void> {
  try {
    await done(client.POST("/api/v1/auth/logout", { body: {} }));
  } finally {
    endSession("signed_out");
  }
}

export async function signUp(body: SignupRequest): Promise<string> {
  return (await unwrap(client.POST("/api/v1/signup", { body }))).signup_id;
}

export async function resendSignup(signupId: string): Promise<void> {
  await unwrap(client.POST("/api/v1/signup/resend", { body: { signup_id: signupId } }));
}

export const signupQuery = (token: string) =>
  queryOptions({
    queryKey: ["signup", token],
    queryFn: () => unwrap(client.POST("/api/v1/signup/show", { body: { token } })),
    retry: false,
    refetchOnWindowFocus: false,
    enabled: token !== "",
  });

export async function verifySignup(body: { token: string; name: string; password: string }): Promise<SessionView> {
  return begin(await unwrap(client.POST("/api/v1/signup/verify", { body })));
}

export async function forgotPassword(body: { tenant: string; email: string }): Promise<void> {
  await done(client.POST("/api/v1/auth/forgotten-password", { body }));
}

export async function resetPassword(body: { token: string; password: string }): Promise<void> {
  await done(client.POST("/api/v1/auth/reset-password", { body }));
}

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    queryFn: () => unwrap(client.POST("/api/v1/invitations/show", { body: { token } })),
    retry: false,
    enabled: token !== "",
  });

export async function acceptInvitation(body: { token: string; name: string; password: string }): Promise<SessionView> {
  return begin(await unwrap(client.POST("/api/v1/invitations/accept", { body })));
}
