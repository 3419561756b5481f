/**
 * A person without a browser: walks the bank's real pages over HTTP: real forms, real codes, real redirects. Used by
 * the script API, so that demonstrations with many customers still take the one path that people take.
 */

export interface Walk {
  username: string;
  password: string;
  /** Accounts to tick; all that the page offers when empty. */
  accountIbans: string[];
  trustTopUpsPerDay?: string;
}

const MAX_STEPS = 25;

interface PageForm {
  action: string;
  testIds: string[];
  hidden: Record<string, string>;
}

/**
 * Opens an authorisation or payment page and acts on it until the bank sends the person away; answers the address it
 * sends them to. Throws when a page says something is wrong.
 * @param outcome "refuse" presses Cancel once logged in
 */
export async function walkPages(
  start: string,
  walk: Walk,
  outcome: "confirm" | "refuse" = "confirm",
): Promise<string> {
  const origin = new URL(start).origin;
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < MAX_STEPS; step++) {
    const response = await call(url, form, cookies);
    const location = response.headers.get("location");
    if (location !== null && response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      url = new URL(location, url).href;
      if (new URL(url).origin !== origin) return url;
      form = undefined;
      continue;
    }
    const page = await response.text();
    if (!response.ok) throw new Error(`the bank's page answered ${response.status}: ${messageOf(page)}`);
    const next = act(page, walk, outcome);
    url = new URL(next.action, url).href;
    form = next.fields;
  }
  throw new Error("the bank's pages led nowhere");
}

async function call(
  url: string,
  form: URLSearchParams | undefined,
  cookies: Map<string, string>,
): Promise<Response> {
  const path = new URL(url).pathname;
  const sent = [...cookies].filter(([key]) => path.startsWith(key.split(" ")[0] ?? "/"));
  const response = await fetch(url, {
    method: form === undefined ? "GET" : "POST",
    headers: {
      "accept-language": "en",
      cookie: sent.map(([key, value]) => `${key.split(" ")[1]}=${value}`).join("; "),
    },
    redirect: "manual",
    ...(form === undefined ? {} : { body: form }),
  });
  for (const line of response.headers.getSetCookie()) {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const at = pair.indexOf("=");
    const cookiePath = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? "/";
    const gone = attributes.some(
      (part) => /^expires=thu, 01 jan 1970/i.test(part) || /^max-age=0$/i.test(part),
    );
    const key = `${cookiePath} ${pair.slice(0, at)}`;
    if (gone) cookies.delete(key);
    else cookies.set(key, pair.slice(at + 1));
  }
  return response;
}

function act(
  page: string,
  walk: Walk,
  outcome: "confirm" | "refuse",
): { action: string; fields: URLSearchParams } {
  const forms = formsOf(page);
  const withControl = (testId: string) => forms.find((form) => form.testIds.includes(testId));
  const login = withControl("bank-login");
  if (login !== undefined) return fill(login, { username: walk.username, password: walk.password });
  const cancel = withControl("consent-cancel") ?? withControl("payment-cancel");
  const isCancel = (form: PageForm | undefined) => form !== undefined && form === cancel;
  if (outcome === "refuse" && cancel !== undefined) return fill(cancel, {});
  const code = withControl("sca-code");
  if (code !== undefined) {
    const sms = /data-testid="sca-sms-code">(\d{6})</.exec(page)?.[1] ?? "";
    return fill(code, { code: sms });
  }
  const choice = withControl("consent-confirm");
  if (choice === undefined || isCancel(choice))
    throw new Error(`the bank's page offers no way on: ${messageOf(page)}`);
  const offered = choice.testIds
    .filter((id) => id.startsWith("account-"))
    .map((id) => id.slice("account-".length));
  const missing = walk.accountIbans.filter((iban) => !offered.includes(iban));
  if (missing.length > 0) throw new Error(`the bank does not offer ${missing.join(", ")} to this customer`);
  const next = fill(choice, {});
  for (const iban of walk.accountIbans.length > 0 ? walk.accountIbans : offered)
    next.fields.append("accounts", iban);
  if (walk.trustTopUpsPerDay !== undefined) {
    next.fields.append("trust", "yes");
    next.fields.append("trustLimit", walk.trustTopUpsPerDay);
  }
  return next;
}

function fill(form: PageForm, values: Record<string, string>): { action: string; fields: URLSearchParams } {
  return { action: form.action, fields: new URLSearchParams({ ...form.hidden, ...values }) };
}

function formsOf(page: string): PageForm[] {
  return [...page.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = "", content = ""]) => ({
    action: /action="([^"]*)"/.exec(head)?.[1] ?? "",
    testIds: [...content.matchAll(/data-testid="([^"]*)"/g)].map(([, id = ""]) => id),
    hidden: Object.fromEntries(
      [...content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(
        ([, name = "", value = ""]) => [name, value],
      ),
    ),
  }));
}

function messageOf(page: string): string {
  const alert = /role="alert"[^>]*>([^<]*)</.exec(page)?.[1] ?? /<h1>([^<]*)</.exec(page)?.[1];
  return (alert ?? "no message").trim();
}
