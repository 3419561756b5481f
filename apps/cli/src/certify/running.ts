import { isCurrency } from "@jinqiao/money";
import { createScriptClient, type ScriptClient } from "@jinqiao/sandbox-bank/script-client";
import { openConnector } from "@jinqiao/server/connectors";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import type { BankEntry } from "../instance/sandbox-banks/registration.ts";
import { readJson } from "../instance/secrets.ts";
import { driverOf } from "./drivers/index.ts";
import { NotOffered } from "./not-offered.ts";
import { type BankUnderTest, createSubject } from "./subject.ts";

/**
 * A bank that already runs, by its entry in a `banks.json`. With a script token it is a sandbox and can be scripted.
 * @param serverUrl the address that the bank knows us by, for callbacks
 * @throws SetupError when the file holds no such bank
 */
export async function openRunningBank(options: {
  file: string;
  id: string;
  serverUrl: string;
  scriptToken: string | undefined;
  log?: (line: string) => void;
}): Promise<BankUnderTest> {
  const { file, id, serverUrl, scriptToken } = options;
  const entries = (await readJson(file)) as BankEntry[] | undefined;
  const entry = entries?.find((candidate) => candidate.id === id);
  const custody = entry?.custodyAccounts[0];
  if (entry === undefined || custody === undefined || !isCurrency(custody.currency)) {
    const known = entries?.map((candidate) => candidate.id).join(", ");
    throw new SetupError({
      en: `${file} ${known ? `holds no bank "${id}" with an account of ours; it holds: ${known}.` : "holds no banks: start Jinqiao once, or name another file."}`,
      zh: `${file} ${known ? `中没有含自有账户的银行“${id}”，现有：${known}。` : "中没有银行：请先启动一次金桥，或指定其他文件。"}`,
    });
  }
  const opened: ReturnType<typeof openConnector>[] = [];
  const connect: BankUnderTest["connect"] = ({ timeoutMs, clockOffsetMs = 0, settings = {} } = {}) => {
    const connector = openConnector(
      { ...entry, ...settings },
      {
        clock: { now: () => new Date(Date.now() + clockOffsetMs) },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(options.log === undefined ? {} : { log: options.log }),
      },
    );
    opened.push(connector);
    return connector;
  };
  const script =
    scriptToken === undefined || typeof entry.baseUrl !== "string"
      ? noScript
      : createScriptClient(entry.baseUrl, scriptToken);
  const people = script === noScript ? [] : await script.psus();
  return createSubject(
    {
      id,
      name: entry.name,
      dialect: entry.connector,
      connector: connect(),
      connect,
      script,
      scripted: script !== noScript,
      bankUrl: typeof entry.baseUrl === "string" ? entry.baseUrl : "",
      scriptToken: scriptToken ?? "",
      entry,
      currency: custody.currency,
      custody,
      people: people.filter(({ accounts }) => accounts.some(({ currency }) => currency === custody.currency)),
      redirectUri: `${serverUrl}/v1/bank-callbacks/${id}`,
      noticeUrl: `${serverUrl}/v1/bank-notices/${id}`,
      // What the bank sends by itself goes to the server that runs.
      inbox: { url: serverUrl, received: [], waitFor: async () => [], close: async () => undefined },
      close: async () => {
        for (const connector of opened) await connector.close();
      },
    },
    // Without its script API nobody at the bank acts for the checks.
    script === noScript ? async () => ({}) : driverOf,
  );
}

const noScript = new Proxy({} as ScriptClient, {
  get: () => async () => {
    throw new NotOffered("this bank has no script");
  },
});
