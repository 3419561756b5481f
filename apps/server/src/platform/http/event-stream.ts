import type { Route } from "@jinqiao/contract";
import type { FastifyInstance } from "fastify";
import { Refusal } from "../errors.ts";
import { pathOf } from "./contract-routes.ts";
import type { EventHub } from "./event-hub.ts";
import { callerOf, cookieName, type SessionLookup } from "./sessions.ts";

/** A page that has this much unread, in bytes, does not keep up: it is let go and comes back with its last id. */
const maxUnreadBytes = 256 * 1024;

/**
 * Answers a contract route with server-sent events (WHATWG HTML, section 9.2). The stream ends when the session ends;
 * a browser then asks again and is told to sign in.
 */
export function registerEventStream(
  http: FastifyInstance,
  route: Route,
  deps: { eventHub: EventHub; sessions: SessionLookup; secure: boolean },
): void {
  http.get(pathOf(route), async (request, reply) => {
    const { customerId, staff } = await callerOf(route, request, deps);
    const cookie = (name: "jinqiao_session" | "jinqiao_staff") =>
      request.cookies[cookieName(name, deps.secure)];
    const ownerId = customerId ?? staff?.id;
    if (ownerId === undefined) throw new Refusal("identity.not_signed_in");

    const { raw } = reply;
    let begun = false;
    const close = await deps.eventHub.open({
      customerId: customerId ?? null,
      ownerId,
      lastEventId: lastEventId(request.headers["last-event-id"]),
      send(text) {
        if (!begun) {
          begun = true;
          reply.hijack();
          raw.writeHead(200, {
            ...(reply.getHeaders() as Record<string, string>),
            "content-type": "text/event-stream; charset=utf-8",
            // Proxies would otherwise keep events back until their buffer is full.
            "x-accel-buffering": "no",
          });
        }
        raw.write(text);
        return raw.writableLength <= maxUnreadBytes;
      },
      end: () => raw.end(),
      isSignedIn: async () =>
        customerId === undefined
          ? (await deps.sessions.staffOf(cookie("jinqiao_staff"), "watch")) !== undefined
          : (await deps.sessions.customerOf(cookie("jinqiao_session"), "watch")) === customerId,
    });
    if (close === undefined) throw new Refusal("rate.limited", { retryAfterSeconds: 30 });
    if (raw.destroyed) close();
    else raw.once("close", close);
    return reply;
  });
}

function lastEventId(header: string | string[] | undefined): bigint | null {
  return typeof header === "string" && /^\d{1,18}$/.test(header) ? BigInt(header) : null;
}
