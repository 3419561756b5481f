import type { Route } from "@jinqiao/contract";
import type { FastifyRequest } from "fastify";
import { Refusal } from "../errors.ts";

/**
 * Refuses a write that another site's page makes with our visitor's browser. `Sec-Fetch-Site` decides where the
 * browser sends it, `Origin` where it does not; a request with a session cookie and neither header is refused too.
 * "same-site" is not enough: on one machine every port is the same site. Banks are no browsers and are let through.
 * Sources: Fetch Metadata Request Headers (W3C), RFC 6454 section 7; OWASP CSRF Prevention Cheat Sheet.
 * @throws Refusal `request.cross_site`
 */
export function refuseCrossSite(route: Route, request: FastifyRequest, publicOrigin: string): void {
  if (route.method === "GET" || route.audience === "bank") return;
  const site = request.headers["sec-fetch-site"];
  const { origin } = request.headers;
  const ownSite =
    site !== undefined
      ? site === "same-origin" || site === "none"
      : origin !== undefined
        ? origin === publicOrigin
        : request.headers.cookie === undefined;
  if (!ownSite) throw new Refusal("request.cross_site");
}
