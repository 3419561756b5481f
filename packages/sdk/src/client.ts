import type { paths } from "@jinqiao/contract/client";
import createFetchClient, { type Client } from "openapi-fetch";
import { JinqiaoConnectionError, JinqiaoError, type Problem } from "./errors.ts";
import { operations } from "./generated/operations.ts";
import type { Answer, Body, CallOptions, Item, OperationId, Query } from "./operations.ts";
import { retryingFetch } from "./retries.ts";

type GatewayPath = (typeof operations)[keyof typeof operations]["path"];
/** The part of the API that keys may call. */
export type GatewayPaths = Pick<paths, GatewayPath & keyof paths>;

export type JinqiaoOptions = {
  /** `sk_test_…` or `sk_live_…`. It belongs on a server: whoever has it takes and refunds money in the shop's name. */
  apiKey: string;
  /** Address of the installation, e.g. `https://wallet.example.com`. */
  baseUrl: string;
  /** Date of the API version; the key's own when absent. */
  apiVersion?: string;
  /** How many times more a failed request is sent; 3 when absent. */
  maxRetries?: number;
  /** How long one attempt may take, in milliseconds; 30,000 when absent. */
  timeoutMs?: number;
  fetch?: typeof fetch;
  /** How pauses are waited for; tests wait for nothing. */
  sleep?: (ms: number) => Promise<void>;
};

/** A list that is read page by page as it is walked through. */
export type List<Id extends OperationId> = AsyncIterable<Item<Id>> & {
  /** The first page alone, with the cursor of the next one. */
  page(): Promise<Answer<Id>>;
};

type Asked = { id?: string; query?: object; body?: unknown };

export type Caller = {
  /** Every operation with its types, as OpenAPI has them. Errors are in the answer. */
  readonly api: Client<GatewayPaths>;
  create<Id extends OperationId>(id: Id): (body: Body<Id>, options?: CallOptions) => Promise<Answer<Id>>;
  retrieve<Id extends OperationId>(
    id: Id,
  ): (recordId: string, query?: Query<Id>, options?: CallOptions) => Promise<Answer<Id>>;
  act<Id extends OperationId>(
    id: Id,
  ): (recordId: string, body?: Body<Id>, options?: CallOptions) => Promise<Answer<Id>>;
  read<Id extends OperationId>(id: Id): (query?: Query<Id>, options?: CallOptions) => Promise<Answer<Id>>;
  list<Id extends OperationId>(id: Id): (query?: Query<Id>) => List<Id>;
};

/** @throws TypeError when the key has not the form of one */
export function createCaller(options: JinqiaoOptions): Caller {
  if (!/^sk_(test|live)_[A-Za-z0-9]+$/.test(options.apiKey))
    throw new TypeError("apiKey must be a secret key of Jinqiao: sk_test_… or sk_live_….");
  const sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const api = createFetchClient<GatewayPaths>({
    baseUrl: options.baseUrl.replace(/\/$/, ""),
    headers: {
      authorization: `Bearer ${options.apiKey}`,
      ...(options.apiVersion === undefined ? {} : { "jinqiao-version": options.apiVersion }),
    },
    fetch: retryingFetch({
      fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
      maxRetries: options.maxRetries ?? 3,
      timeoutMs: options.timeoutMs ?? 30_000,
      sleep,
    }),
  });

  /** The one place where types are given up: operation and types come from the same contract. */
  async function call<Id extends OperationId>(
    id: Id,
    { id: recordId, query, body }: Asked,
    { idempotencyKey, signal }: CallOptions = {},
  ): Promise<Answer<Id>> {
    const { method, path, idempotent } = operations[id];
    const key = idempotent ? (idempotencyKey ?? globalThis.crypto.randomUUID()) : undefined;
    const parameter = /\{(\w+)\}/.exec(path)?.[1];
    const request = api.request as unknown as (
      method: string,
      path: string,
      init: object,
    ) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
    const answer = await request(method.toLowerCase(), path, {
      params: {
        ...(parameter === undefined ? {} : { path: { [parameter]: recordId } }),
        ...(query === undefined ? {} : { query }),
      },
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      throw new JinqiaoConnectionError(key, cause);
    });
    if (isProblem(answer.error)) throw new JinqiaoError(answer.error);
    // What stands between us and Jinqiao answered in words of its own.
    if (!answer.response.ok) throw new JinqiaoConnectionError(key, answer.error);
    return answer.data as Answer<Id>;
  }

  return {
    api,
    create: (id) => (body, how) => call(id, { body }, how),
    retrieve: (id) => (recordId, query, how) => call(id, { id: recordId, ...(query ? { query } : {}) }, how),
    act: (id) => (recordId, body, how) => call(id, { id: recordId, body }, how),
    read: (id) => (query, how) => call(id, { ...(query ? { query } : {}) }, how),
    list: (id) => (query) => ({
      page: () => call(id, { ...(query ? { query } : {}) }),
      async *[Symbol.asyncIterator]() {
        let cursor: string | null | undefined;
        do {
          const asked = { ...query, ...(cursor ? { cursor } : {}) };
          const page = (await call(id, { query: asked })) as unknown as {
            items: Item<typeof id>[];
            nextCursor?: string | null;
          };
          yield* page.items;
          cursor = page.nextCursor;
        } while (cursor);
      },
    }),
  };
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}
