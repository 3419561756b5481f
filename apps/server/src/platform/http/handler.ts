import type { Route, Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { z } from "zod";
import type { CookieName, CustomerSession, MerchantCaller } from "./sessions.ts";

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler is given: everything is parsed by the contract and the caller is known. */
export type Context<R extends Route = Route> = {
  params: Parsed<R["params"]>;
  query: Parsed<R["query"]>;
  body: Parsed<R["body"]>;
  /** The file that was sent; throws on a route that accepts none. */
  readonly file: Uint8Array;
  /** The signed-in customer; throws on a route whose audience is not `customer`. */
  readonly customerId: Id<"cus">;
  /** The customer's session; throws on a route whose audience is not `customer`. */
  readonly session: CustomerSession;
  /** The signed-in member of staff; throws on a route whose audience is not `staff`. */
  readonly staff: Staff;
  /** Who acts for which merchant, in which mode; throws on a route whose audience is not `merchant`. */
  readonly merchant: MerchantCaller;
  /** Key (already scoped to caller and route) and request hash of an idempotent route. */
  readonly idempotency: { key: string; hash: string };
  requestId: string;
  clientIp: string;
  /** What the browser says it is; at most 400 characters, and anybody's claim. */
  userAgent: string;
  /** Cookies of the answer; the value never reaches a log. */
  setCookie(name: CookieName, value: string, maxAgeSeconds: number): void;
  clearCookie(name: CookieName): void;
  cookie(name: CookieName): string | undefined;
};

/** A file to keep, made while it is sent where it may be long. */
export type FileAnswer = {
  /** Name in any script. */
  name: string;
  /** Name in ASCII letters, for clients that know no other. */
  asciiName: string;
  mediaType: string;
  content: AsyncIterable<string | Uint8Array>;
};

type Answer<R extends Route> = R extends { produces: "redirect" }
  ? { redirect: string }
  : R extends { produces: "file" }
    ? FileAnswer
    : R extends { response: infer S extends z.ZodType }
      ? z.input<S>
      : // biome-ignore lint/suspicious/noConfusingVoidType: stands for the result of a promise, where void is the word
        void;

/** One contract route with the use case that answers it. */
export type RouteHandler = { route: Route; run(context: Context): Promise<unknown> };

/** Joins a contract route to its use case; parameter and answer types come from the contract. */
export function handle<const R extends Route>(
  route: R,
  run: (context: Context<R>) => Promise<Answer<R>>,
): RouteHandler {
  return { route, run: run as unknown as RouteHandler["run"] };
}
