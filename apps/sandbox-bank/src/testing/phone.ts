/** The customer's telephone without a browser: the sandbox's real page, over HTTP, for tests. */
import { DEMO_PASSWORD } from "../seeds/people.ts";

/** Logs into the bank's app on the telephone. Throws when the bank lets nobody in. */
export async function openPhone(bankUrl: string, username: string) {
  let cookie = "";
  const call = async (path: string, form?: Record<string, string>): Promise<string> => {
    const response = await fetch(`${bankUrl}${path}`, {
      method: form === undefined ? "GET" : "POST",
      headers: { cookie, "accept-language": "en" },
      redirect: "manual",
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    const set = response.headers.getSetCookie()[0]?.split(";")[0];
    if (set !== undefined) cookie = set;
    if (response.status === 303) return call(response.headers.get("location") ?? "/phone");
    const page = await response.text();
    if (!response.ok) throw new Error(`the telephone answered ${response.status}`);
    return page;
  };
  const token = (page: string) => /name="_csrf" value="([^"]*)"/.exec(page)?.[1] ?? "";
  const first = await call("/phone");
  await call("/phone/login", { _csrf: token(first), username, password: DEMO_PASSWORD });

  async function answer(verb: "approve" | "refuse"): Promise<string> {
    const page = await call("/phone");
    const id = new RegExp(`data-testid="phone-${verb}-([0-9a-f-]{36})"`).exec(page)?.[1];
    if (id === undefined) throw new Error("nothing waits on the telephone");
    return call(`/phone/${id}/${verb}`, { _csrf: token(page) });
  }
  return {
    /** The page as the customer sees it. */
    page: () => call("/phone"),
    /** Answers what stands on top. */
    approve: () => answer("approve"),
    refuse: () => answer("refuse"),
    /** The newest one-time code. */
    async code(): Promise<string> {
      const code = /data-testid="phone-code-[^"]*">(\d{6})</.exec(await call("/phone"))?.[1];
      if (code === undefined) throw new Error("no code on the telephone");
      return code;
    },
  };
}
