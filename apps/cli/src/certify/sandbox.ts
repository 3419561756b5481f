import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Currency, isCurrency } from "@jinqiao/money";
import { createScriptClient, type ScriptClient } from "@jinqiao/sandbox-bank/script-client";
import { type BankConnector, openConnector } from "@jinqiao/server/connectors";
import { SetupError, startEmbeddedPostgres, throwAwayDatabase } from "@jinqiao/server/embedded-postgres";
import { startChild } from "../instance/child.ts";
import { makeDataFolder } from "../instance/data-folder.ts";
import { freePort } from "../instance/ports.ts";
import type { SandboxBankPlan } from "../instance/sandbox-banks/index.ts";
import type { BankEntry } from "../instance/sandbox-banks/registration.ts";
import { driverOf } from "./drivers/index.ts";
import { openInbox } from "./inbox.ts";
import { type BankUnderTest, createSubject } from "./subject.ts";

/** Nothing settles by itself within a run: the close of the day does it, so that "pending" and "booked" are certain. */
const settleAfterMs = 86_400_000;
const startLimitMs = 120_000;
const stopGraceMs = 10_000;
/** Patience of the usual connector: a busy machine must not look like a failing bank. */
const usualTimeoutMs = 15_000;

/**
 * Starts a sandbox bank as its own process, on a throw-away database and folder, and makes us known to it as an
 * operator would. `close` removes every trace.
 * @throws SetupError when the bank does not start
 */
export async function startSandbox(
  plan: SandboxBankPlan,
  options: { log?: (line: string) => void; timeoutMs?: number } = {},
): Promise<BankUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), "jinqiao-certify-"));
  const undo: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const logs = join(dataDir, "logs");
    await makeDataFolder(dataDir, logs);
    const databases = await openDatabases(dataDir, undo);
    const database = await databases("bank");
    undo.push(database.drop);
    const inbox = await openInbox();
    undo.push(inbox.close);
    const port = await freePort();
    const bankUrl = `http://localhost:${port}`;
    const scriptToken = randomBytes(32).toString("base64url");
    const child = await startChild({
      name: plan.id,
      script: new URL("../../../sandbox-bank/src/main.ts", import.meta.url),
      logFile: join(logs, `${plan.id}.log`),
      readyUrl: `${bankUrl}/readyz`,
      env: {
        DATABASE_URL: database.url,
        SANDBOX_BANK_DIALECT: plan.dialect,
        SANDBOX_BANK_NAME_EN: plan.name.en,
        SANDBOX_BANK_NAME_ZH: plan.name.zh,
        SANDBOX_BANK_PORT: String(port),
        SANDBOX_BANK_HOST: "127.0.0.1",
        SANDBOX_BANK_URL: bankUrl,
        SANDBOX_BANK_SCRIPT_TOKEN: scriptToken,
        SANDBOX_BANK_SEED: "demo",
        SANDBOX_BANK_TIME_ZONE: plan.timeZone,
        ...plan.env?.({ dataDir, bankPort: port }),
        // Over HTTP only callers with a certificate come in; by files they may also come through SFTP.
        SANDBOX_BANK_TLS_PORT: "0",
        SANDBOX_BANK_SFTP_PORT: "0",
        SANDBOX_BANK_AUTO_END_OF_DAY: "false",
        SANDBOX_BANK_SETTLE_AFTER_MS: String(settleAfterMs),
      },
    });
    undo.push(() => child.stop(stopGraceMs));
    if (!(await child.ready(startLimitMs))) {
      const { logTail } = await Promise.race([child.exited, Promise.resolve({ logTail: "" })]);
      throw new SetupError({
        en: `${plan.name.en} did not start. ${logTail}`.trim(),
        zh: `${plan.name.zh}未能启动。${logTail}`.trim(),
      });
    }
    const script = createScriptClient(bankUrl, scriptToken);
    const introduced = await plan.introduce({
      dataDir,
      bankUrl,
      serverUrl: inbox.url,
      script,
      scriptToken,
      kept: undefined,
      currencies: plan.currencies,
    });
    const entry = await overTls(
      { id: plan.id, name: plan.name, ...introduced } as BankEntry,
      bankUrl,
      script,
    );
    const people = await script.psus();
    const { currency, custody } = commonGround(entry.custodyAccounts, people);
    const connect: BankUnderTest["connect"] = ({
      timeoutMs = usualTimeoutMs,
      clockOffsetMs = 0,
      settings = {},
    } = {}) => {
      const connector = openConnector(
        { ...entry, ...settings },
        {
          timeoutMs,
          clock: { now: () => new Date(Date.now() + clockOffsetMs) },
          ...(options.log === undefined ? {} : { log: options.log }),
        },
      );
      let closing: Promise<void> | undefined;
      const once: BankConnector = {
        ...connector,
        close: () => {
          closing ??= connector.close();
          return closing;
        },
      };
      undo.push(once.close);
      return once;
    };
    return await createSubject(
      {
        id: plan.id,
        name: plan.name,
        dialect: plan.dialect,
        connector: connect(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        connect,
        script,
        scripted: true,
        bankUrl,
        scriptToken,
        entry,
        currency,
        custody,
        people: people.filter(({ accounts }) => accounts.some((account) => account.currency === currency)),
        redirectUri: `${inbox.url}/v1/bank-callbacks/${plan.id}`,
        noticeUrl: `${inbox.url}/v1/bank-notices/${plan.id}`,
        inbox,
        rehearsalDatabase: () => databases("server"),
        close,
      },
      driverOf,
    );
  } catch (error) {
    await close();
    throw error;
  }
}

/** The bank's entry with its entrance over TLS, where it has one, and a client certificate (QWAC) for us. */
async function overTls(entry: BankEntry, bankUrl: string, script: ScriptClient): Promise<BankEntry> {
  const entrance = await script.tls();
  if (entrance === null || typeof entry.baseUrl !== "string") return entry;
  return {
    ...entry,
    baseUrl: entry.baseUrl.replace(bankUrl, entrance.url),
    // Browsers, and whoever asks for a token, come to the other address.
    issuer: bankUrl,
    tls: {
      ca: entrance.authority,
      ...(await script.clientCertificate({ kind: "valid", name: "Jinqiao" })),
    },
  };
}

/** The currency in which both we and most customers have accounts at the bank, or our own first one. */
function commonGround(
  custodyAccounts: BankUnderTest["entry"]["custodyAccounts"],
  people: BankUnderTest["people"],
): { currency: Currency; custody: BankUnderTest["custody"] } {
  const holders = (currency: string) =>
    people.filter(({ accounts }) => accounts.some((account) => account.currency === currency)).length;
  const [custody] = custodyAccounts.toSorted((a, b) => holders(b.currency) - holders(a.currency));
  if (custody === undefined || !isCurrency(custody.currency))
    throw new Error("the bank keeps no custody account for us");
  return { currency: custody.currency, custody };
}

/** Databases nobody else uses: on the PostgreSQL that the environment names, else on a throw-away one. */
async function openDatabases(
  dataDir: string,
  undo: (() => Promise<void>)[],
): Promise<(part: string) => Promise<{ url: string; drop(): Promise<void> }>> {
  let url = process.env.JINQIAO_TEST_DATABASE_URL || process.env.DATABASE_URL;
  if (!url) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres") });
    undo.push(postgres.stop);
    url = postgres.url("postgres");
  }
  const server = url;
  return (part) => throwAwayDatabase(server, `jinqiao_certify_${part}_${randomBytes(5).toString("hex")}`);
}
