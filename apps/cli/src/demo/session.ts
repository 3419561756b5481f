import { createApiClient, idempotencyKey, unwrap } from "@jinqiao/contract/client";

export type ApiClient = ReturnType<typeof createApiClient>;

/** A browser's part in the API: one person's cookies, and the Origin that a page of ours would send. */
export function createSession(
  baseUrl: string,
  /** The address that people open, where the server answers at another one. */
  publicUrl = baseUrl,
): {
  url: string;
  api: ApiClient;
  follow(url: string): Promise<void>;
  /** What the browser sends with its next request. */
  cookie(): string;
} {
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const withCookies = async (input: Request): Promise<Response> => {
    const request = new Request(input, { redirect: "manual" });
    request.headers.set("origin", publicUrl);
    if (cookies.size > 0) request.headers.set("cookie", cookie());
    const response = await fetch(request);
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  return {
    url: baseUrl,
    cookie,
    api: createApiClient({ baseUrl, fetch: withCookies as typeof fetch }),
    /** Opens an address as the person's browser would after the bank sent it back. */
    follow: async (url) => {
      const response = await withCookies(new Request(url));
      await response.arrayBuffer();
      if (response.status >= 400) throw new Error(`${new URL(url).pathname} answered ${response.status}.`);
    },
  };
}

/** The headers of one attempt to move money. */
export function attempt(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": idempotencyKey() };
}

export { unwrap };
