import type {} from "@fastify/cookie";
import { type MerchantRole, type MerchantScope, may, type Route, type Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../errors.ts";
import { keyOf } from "./key-calls.ts";

export const sessionCookies = { customer: "jinqiao_session", staff: "jinqiao_staff" } as const;
/** `jinqiao_device` names the browser, whoever signs in with it. */
export type CookieName = (typeof sessionCookies)[keyof typeof sessionCookies] | "jinqiao_device";

/**
 * The name a cookie travels under. On https the prefix makes browsers refuse one that another host or path set
 * (RFC 6265bis, section 4.1.3.2).
 */
export const cookieName = (name: CookieName, secure: boolean): string => (secure ? `__Host-${name}` : name);

/** `request` keeps a session awake, `watch` only looks: an open page that listens must not stay signed in for ever. */
export type SessionUse = "request" | "watch";

/** A customer's session, as routes see it. */
export type CustomerSession = {
  id: Id<"ses">;
  customerId: Id<"cus">;
  /** The browser; null once the customer has removed it. */
  deviceId: Id<"dev"> | null;
  /** When the customer first signed in with this browser. */
  deviceKnownSince: Date | null;
  /** When somebody last proved, in this session, who they are. */
  authenticatedAt: Date;
  /** When two factors were last given in this session; null when none were. */
  strongAt: Date | null;
  /** The last use before this request, exact to half a minute. */
  lastUsedAt: Date;
  /** When somebody last came back to it after five minutes without a request; null when nobody did. */
  resumedAt: Date | null;
  /** How it was authenticated: passkey, password, email, sms, totp, recovery_code, hardware_token. */
  methods: readonly string[];
};

/** Who stands behind a session cookie; undefined when the session is unknown or has ended. */
export type SessionLookup = {
  sessionOf(cookie: string | undefined, use?: SessionUse): Promise<CustomerSession | undefined>;
  customerOf(cookie: string | undefined, use?: SessionUse): Promise<Id<"cus"> | undefined>;
  staffOf(cookie: string | undefined, use?: SessionUse): Promise<Staff | undefined>;
};

/** Who acts for a merchant, in which of its two worlds. */
export type MerchantCaller = {
  merchantId: Id<"mer">;
  /** False: test mode, where no money is real. */
  livemode: boolean;
  by:
    | { kind: "key"; keyId: Id<"key"> }
    | { kind: "member"; memberId: Id<"mbr">; customerId: Id<"cus">; role: MerchantRole };
  scopes: ReadonlySet<MerchantScope>;
  /** Of a key: the API version it was made with. */
  apiVersion?: string;
};

/** Finds who acts for a merchant; undefined when the key is unknown or has ended, or the person is not of the team. */
export type MerchantLookup = {
  /** @param secret the key as it was sent, e.g. `sk_live_…` */
  ofKey(secret: string): Promise<MerchantCaller | undefined>;
  ofMember(
    customerId: Id<"cus">,
    asked: { merchantId: string; livemode: boolean },
  ): Promise<MerchantCaller | undefined>;
};

/** The caller of a request. On public and bank routes nobody is asked for. */
export type Caller = {
  customerId?: Id<"cus">;
  session?: CustomerSession;
  staff?: Staff;
  merchant?: MerchantCaller;
};

/** Whose Idempotency-Keys a request's key is among. A merchant's keys share theirs, so that a rolled one can go on. */
export function callerIdOf({ customerId, staff, merchant }: Caller): string | undefined {
  if (merchant) return `${merchant.merchantId}/${merchant.livemode ? "live" : "test"}`;
  return customerId ?? staff?.id;
}

/**
 * Finds the caller that the route's audience asks for; the other audience's cookie is not looked at.
 * A member of staff passes where their role has the permission that the route names; a route that names none is closed.
 * @throws Refusal `identity.not_signed_in`, `identity.not_allowed`, `staff.passkey_needed`,
 * `merchant.not_authenticated`
 */
export async function callerOf(
  route: Route,
  request: FastifyRequest,
  {
    sessions,
    merchants,
    secure,
  }: { sessions: SessionLookup; merchants?: MerchantLookup | undefined; secure: boolean },
): Promise<Caller> {
  const use = route.produces === "text/event-stream" ? "watch" : "request";
  if (route.audience === "merchant") {
    const found = await merchantOf(request, { sessions, merchants, secure });
    if (found.merchant === undefined) throw new Refusal("merchant.not_authenticated");
    return found;
  }
  if (route.audience === "customer") {
    const session = await sessions.sessionOf(request.cookies[cookieName("jinqiao_session", secure)], use);
    if (session !== undefined) return { customerId: session.customerId, session };
  } else if (route.audience === "staff") {
    const staff = await sessions.staffOf(request.cookies[cookieName("jinqiao_staff", secure)], use);
    if (staff !== undefined) {
      const { permission } = route;
      if (permission !== "self" && staff.passkeyNeeded) throw new Refusal("staff.passkey_needed");
      if (permission === undefined || !may(staff.role, permission)) throw new Refusal("identity.not_allowed");
      return { staff };
    }
  } else return {};
  throw new Refusal("identity.not_signed_in");
}

/**
 * Whether a merchant's key or team member has the scope that the route names; a route that names none is closed.
 * @throws Refusal `merchant.not_allowed`
 */
export function requireScope(route: Route, merchant: MerchantCaller): void {
  if (route.scope === undefined || !merchant.scopes.has(route.scope))
    throw new Refusal("merchant.not_allowed");
}

/**
 * A key speaks for itself; a person says for which merchant, and whether in test mode (`Jinqiao-Merchant: mer_…`,
 * `Jinqiao-Mode: test`). A request that bears a key is judged by it alone, whatever cookies come along.
 */
async function merchantOf(
  request: FastifyRequest,
  deps: { sessions: SessionLookup; merchants?: MerchantLookup | undefined; secure: boolean },
): Promise<Caller> {
  const { sessions, merchants, secure } = deps;
  if (request.headers.authorization !== undefined) {
    const secret = keyOf(request);
    const merchant = secret === undefined ? undefined : await merchants?.ofKey(secret);
    return merchant ? { merchant } : {};
  }
  const merchantId = request.headers["jinqiao-merchant"];
  const session = await sessions.sessionOf(request.cookies[cookieName("jinqiao_session", secure)]);
  if (session === undefined || typeof merchantId !== "string") return {};
  const livemode = request.headers["jinqiao-mode"] !== "test";
  const merchant = await merchants?.ofMember(session.customerId, { merchantId, livemode });
  return merchant ? { merchant, customerId: session.customerId, session } : {};
}

/**
 * Sets a cookie that scripts cannot read and other sites' writes do not carry (RFC 6265bis). Sessions are Lax, because
 * a bank sends the customer's browser back to us; nothing but our own pages ever needs the device.
 */
export function setCookie(
  reply: FastifyReply,
  name: CookieName,
  value: string,
  options: { maxAgeSeconds: number; secure: boolean },
): void {
  reply.setCookie(cookieName(name, options.secure), value, {
    path: "/",
    httpOnly: true,
    sameSite: name === "jinqiao_device" ? "strict" : "lax",
    secure: options.secure,
    maxAge: options.maxAgeSeconds,
  });
}
