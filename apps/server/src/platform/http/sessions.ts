import type {} from "@fastify/cookie";
import type { Route, Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../errors.ts";

export const sessionCookies = { customer: "jinqiao_session", staff: "jinqiao_staff" } as const;
export type SessionCookie = (typeof sessionCookies)[keyof typeof sessionCookies];

/** `request` keeps a session awake, `watch` only looks: an open page that listens must not stay signed in for ever. */
export type SessionUse = "request" | "watch";

/** Who stands behind a session cookie; undefined when the session is unknown or has ended. */
export type SessionLookup = {
  customerOf(cookie: string | undefined, use?: SessionUse): Promise<Id<"cus"> | undefined>;
  staffOf(cookie: string | undefined, use?: SessionUse): Promise<Staff | undefined>;
};

/** The caller of a request. On public and bank routes nobody is asked for. */
export type Caller = { customerId?: Id<"cus">; staff?: Staff };

/**
 * Finds the caller that the route's audience asks for; the other audience's cookie is not looked at.
 * @throws Refusal `identity.not_signed_in`
 */
export async function callerOf(
  route: Route,
  request: FastifyRequest,
  sessions: SessionLookup,
): Promise<Caller> {
  const use = route.produces === "text/event-stream" ? "watch" : "request";
  if (route.audience === "customer") {
    const customerId = await sessions.customerOf(request.cookies[sessionCookies.customer], use);
    if (customerId !== undefined) return { customerId };
  } else if (route.audience === "staff") {
    const staff = await sessions.staffOf(request.cookies[sessionCookies.staff], use);
    if (staff !== undefined) return { staff };
  } else return {};
  throw new Refusal("identity.not_signed_in");
}

/** Sets a session cookie that scripts cannot read and other sites' writes do not carry (RFC 6265bis). */
export function setSessionCookie(
  reply: FastifyReply,
  name: SessionCookie,
  value: string,
  options: { maxAgeSeconds: number; secure: boolean },
): void {
  reply.setCookie(name, value, {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: options.secure,
    maxAge: options.maxAgeSeconds,
  });
}
