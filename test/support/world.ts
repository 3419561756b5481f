import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { createApiClient, unwrap } from "@jinqiao/contract/client";
import type { SandboxBankPlan } from "../../apps/cli/src/instance/sandbox-banks/index.ts";
import {
  createSandboxBank,
  type DialectName,
  type SandboxBankOptions,
} from "../../apps/sandbox-bank/src/index.ts";
import { type App, createApp, type Overrides } from "../../apps/server/src/app.ts";
import type { BankConfig } from "../../apps/server/src/banks/index.ts";
import { lenientStepUpPolicy } from "../../apps/server/src/identity/index.ts";
import {
  type Config,
  defaultRetention,
  defaultSessionLifetimes,
  quietLog,
} from "../../apps/server/src/platform/config.ts";
import { createLogger } from "../../apps/server/src/platform/logger.ts";
import { createBankDatabase } from "./bank-database.ts";
import { codeSentTo, staffCode } from "./codes.ts";
import { createServerDatabase } from "./server-database.ts";

/** One person's browser, as far as the API goes: cookies, and the Origin that our page would send. */
export type Session = {
  api: ReturnType<typeof createApiClient>;
  fetch: typeof fetch;
  /** The value of a cookie that the server set. */
  cookie(name: string): string | undefined;
  /** Opens an address as the browser would after the bank sent the person back; answers where it leads. */
  follow(url: string): Promise<string>;
};

/** A whole Jinqiao for tests: a real bank, a real server, a database each, nothing in between. */
export type World = {
  readonly app: App;
  /** Address of wallet, console and API. */
  url: string;
  bank: Awaited<ReturnType<typeof createSandboxBank>>;
  config: BankConfig;
  databaseUrl: string;
  /** As `JINQIAO_SECRETS_FILE` holds them, for tests that start another process. */
  secrets: { vaultKey: string; sessionSecret: string };
  /** A new customer who is signed in. */
  customer(name?: string, locale?: "en" | "zh"): Promise<Session & { id: string; email: string }>;
  /** Demo staff, signed in. */
  staff(role?: StaffLogin): Promise<Session["api"]>;
  /** As `staff`, with everything that a browser holds. */
  staffSession(role?: StaffLogin): Promise<Session>;
  /** Links accounts of one of the bank's demo people through the bank's own pages; answers them by currency. */
  link(
    session: Session,
    username: string,
    options?: { trustTopUpsPerDay?: string },
  ): Promise<Map<string, LinkedAccount>>;
  /** Runs every job that waits, also those put off. */
  settleJobs(): Promise<void>;
  /** Closes the bank's day and reconciles it. */
  closeDay(): Promise<void>;
  /** The server stops as it does when it is told to; bank and data stay. */
  stopServer(): Promise<void>;
  /** The same server on the same data and address. */
  startServer(): Promise<void>;
  /** `force`: connections of killed processes may still linger. */
  close(options?: { force?: boolean }): Promise<void>;
};
/** The demo staff's addresses, before the @. */
export type StaffLogin = "operations" | "second" | "viewer" | "support" | "compliance" | "security" | "admin";
export type LinkedAccount = { id: string; currency: string; maskedNumber: string };

export const staffPassword = "a password for tests only";
export const customerPassword = "long enough for a test";
export const scriptToken = "a token for tests only";
export const bankId = "harbour";

export async function createWorld(
  options: {
    overrides?: Overrides;
    bank?: Partial<SandboxBankOptions>;
    executionWindowMs?: number;
    timeoutMs?: number;
    /** Another bank than Harbour Bank, introduced to the server as `npm start` does it. */
    plan?: SandboxBankPlan;
    /** Banks beside the first one, which the caller started; with the address of the server that they are told of. */
    moreBanks?: readonly BankConfig[] | ((url: string) => Promise<readonly BankConfig[]>);
    /** Folders with the built pages, where browsers come. */
    webDirs?: Config["webDirs"];
    sessions?: Config["sessions"];
  } = {},
): Promise<World> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const bankDatabase = await createBankDatabase();
  const bank = await createSandboxBank({
    databaseUrl: bankDatabase.url,
    port: 0,
    scriptToken,
    seed: "demo",
    settleAfterMs: 0,
    autoEndOfDay: false,
    validateResponses: true,
    ...(options.plan && {
      dialect: options.plan.dialect as DialectName,
      name: options.plan.name,
      timeZone: options.plan.timeZone,
    }),
    ...options.bank,
  });
  const config = {
    executionWindowMs: options.executionWindowMs ?? 0,
    ...(options.plan === undefined
      ? await harbourConfig(bank, url)
      : await introduced(options.plan, { bankUrl: bank.url, serverUrl: url, script: bank.script })),
  } as BankConfig;
  const database = await createServerDatabase();
  const [vaultKey, sessionSecret] = [randomBytes(32), randomBytes(32)];
  const serverConfig: Config = {
    role: "all",
    databaseUrl: database.url,
    host: "127.0.0.1",
    port,
    publicUrl: url,
    banks: [
      config,
      ...(typeof options.moreBanks === "function" ? await options.moreBanks(url) : (options.moreBanks ?? [])),
    ],
    vaultKey,
    sessionSecret,
    webDirs: options.webDirs ?? {},
    seed: { demo: true, password: staffPassword },
    logLevel: "silent",
    trustProxy: false,
    rateLimitFactor: 1_000_000,
    sessions: options.sessions ?? defaultSessionLifetimes,
    retention: defaultRetention,
    log: quietLog,
    messages: {},
    webhooksAllowLoopback: true,
    staffSignIn: "password",
  };
  const start = () =>
    createApp(serverConfig, {
      logger: createLogger({ level: "silent" }),
      runWorker: false,
      strict: true,
      // Tests about other things pay without being asked; those about step-up bring the real policy.
      stepUp: lenientStepUpPolicy,
      bankHttp: { timeoutMs: options.timeoutMs ?? 2_000 },
      ...options.overrides,
    });
  let app = await start();

  function session(): Session {
    const cookies = new Map<string, string>();
    const withCookies = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const request = new Request(new Request(input, init), { redirect: "manual" });
      request.headers.set("origin", url);
      if (cookies.size > 0)
        request.headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
      const response = await fetch(request);
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    };
    return {
      fetch: withCookies,
      cookie: (name) => cookies.get(name),
      api: createApiClient({ baseUrl: url, fetch: withCookies }),
      async follow(target) {
        const response = await withCookies(target);
        await response.arrayBuffer();
        return response.headers.get("location") ?? "";
      },
    };
  }

  const world: World = {
    get app() {
      return app;
    },
    url,
    bank,
    config,
    databaseUrl: database.url,
    secrets: { vaultKey: vaultKey.toString("base64"), sessionSecret: sessionSecret.toString("base64") },
    async customer(name = "Test Person", locale = "en") {
      const own = session();
      const email = `${randomBytes(6).toString("hex")}@example.com`;
      const { signUpId } = await unwrap(own.api.POST("/v1/sign-ups", { body: { email, locale } }));
      const code = await codeSentTo(app.identity.messages, { email });
      const customer = await unwrap(
        own.api.POST("/v1/customers", {
          body: { signUpId, code, password: customerPassword, displayName: name, locale },
        }),
      );
      return { ...own, id: customer.id, email };
    },
    staff: async (role) => (await world.staffSession(role)).api,
    async staffSession(role = "operations") {
      const own = session();
      const email = role === "operations" ? "ops@example.com" : `${role}@example.com`;
      const started = await unwrap(
        own.api.POST("/v1/console/sessions", { body: { kind: "password", email, password: staffPassword } }),
      );
      if (started.status !== "second_factor_needed") throw new Error("a password signed staff in by itself");
      const { signInId } = started;
      const code = await staffCode(app.identity.messages, app.db, signInId);
      await unwrap(
        own.api.POST("/v1/console/sign-ins/{signInId}/answers", {
          params: { path: { signInId } },
          body: { code },
        }),
      );
      return own;
    },
    async link(own, username, { trustTopUpsPerDay = "100000" } = {}) {
      const consent = await unwrap(
        own.api.POST("/v1/consents", { params: { header: attempt() }, body: { bankId: config.id } }),
      );
      const { redirectUrl } = await bank.script.authorise({
        authorizationUrl: consent.authorisationUrl ?? "",
        username,
        trustTopUpsPerDay,
      });
      const landed = await own.follow(redirectUrl);
      if (!landed.includes("/link/done")) throw new Error(`linking ended at ${landed}`);
      const { items } = await unwrap(own.api.GET("/v1/linked-accounts"));
      return new Map(items.map((account) => [account.currency, account]));
    },
    settleJobs: () => app.worker.drain(),
    async closeDay() {
      await bank.script.endOfDay();
      await app.worker.drain();
      const staff = await world.staff();
      await unwrap(staff.POST("/v1/console/statement-fetches"));
    },
    stopServer: () => app.close(),
    async startServer() {
      app = await start();
    },
    async close(dropOptions) {
      await app.close();
      await database.drop(dropOptions);
      await bank.close();
      await bankDatabase.drop();
    },
  };
  return world;
}

async function harbourConfig(bank: World["bank"], url: string) {
  const client = await bank.script.tppClient({
    name: "Jinqiao",
    redirectUris: [`${url}/v1/bank-callbacks/${bankId}`],
  });
  return {
    id: bankId,
    connector: "berlin-group",
    name: { en: "Harbour Bank", zh: "港湾银行" },
    baseUrl: bank.url,
    clientId: client.clientId,
    clientSecret: client.clientSecret ?? "",
    timeZone: (await bank.script.businessDate()).timeZone,
    custodyAccounts: await bank.script.custodyAccounts({
      clientId: client.clientId,
      currencies: ["CNY", "EUR", "GBP", "JPY", "KWD"],
    }),
  };
}

/** Introduces the server to a bank as `npm start` does it, and answers the bank's entry of `banks.json`. */
export async function introduced(
  plan: SandboxBankPlan,
  at: { bankUrl: string; serverUrl: string; script: World["bank"]["script"] },
) {
  const { id, name, currencies } = plan;
  return {
    id,
    name,
    ...(await plan.introduce({ ...at, dataDir: "", scriptToken, kept: undefined, currencies })),
  };
}

/** The header of one attempt to move money. */
export function attempt(key: string = randomUUID()): { "Idempotency-Key": string } {
  return { "Idempotency-Key": key };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
