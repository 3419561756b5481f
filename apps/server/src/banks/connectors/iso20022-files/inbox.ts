import { createHash } from "node:crypto";
import { Iso20022Error } from "@jinqiao/iso20022";
import type { Logger } from "pino";
import type { Clock } from "../../../platform/clock.ts";
import type { FileExchange, FoundFile } from "./exchange.ts";
import type { Facts } from "./facts.ts";
import type { MandateNews } from "./mandate-messages.ts";
import { type ReadFile, readBankFile } from "./reading.ts";

/**
 * What the bank has left for us, by reference. The bank's folder is the memory: this index is built from it, file by
 * file, and built again after a restart. Files stay where the bank put them.
 */
export type Inbox = {
  /** Looks for new files. @throws ExchangeError when the folder cannot be reached */
  refresh(): Promise<void>;
  /** Everything said about a payment, in whatever order it came. */
  about(
    reference: string,
    messageId: string,
  ): Pick<Facts, "statuses" | "movements" | "returns" | "resolutions">;
  mandateNews(mandateId: string): readonly MandateNews[];
  /** Name of the file with the statement of an account that closes a day; of several the latest. */
  statementFile(account: string, date: string): string | null;
};

/** A file of which only a part is there yet, since when it has not grown. */
type Growing = { size: number; since: number };

export function createInbox(deps: {
  exchange: FileExchange;
  clock: Clock;
  logger: Logger;
  bankId: string;
  partialAfterMs: number;
}): Inbox {
  const { exchange, clock } = deps;
  const done = new Map<string, string>();
  const growing = new Map<string, Growing>();
  /** Content (SHA-256) by message and message id: what is sent again says nothing new. */
  const messages = new Map<string, string>();
  const statuses = new Map<string, Facts["statuses"]>();
  const movements = new Map<string, Facts["movements"]>();
  const returns = new Map<string, Facts["returns"]>();
  const resolutions = new Map<string, Facts["resolutions"]>();
  const mandates = new Map<string, MandateNews[]>();
  const statements = new Map<string, { name: string; createdAt: string }[]>();
  let running: Promise<void> | undefined;

  async function look(): Promise<void> {
    const found = await exchange.list("from-bank");
    const names = new Set(found.map(({ name }) => name));
    for (const name of growing.keys()) if (!names.has(name)) growing.delete(name);
    for (const file of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const state = `${file.size} ${file.modifiedMs}`;
      if (done.get(file.name) === state) continue;
      if (await take(file)) {
        done.set(file.name, state);
        growing.delete(file.name);
      }
    }
  }

  /** @returns false while the file may still be growing */
  async function take(file: FoundFile): Promise<boolean> {
    const content = await exchange.read("from-bank", file.name);
    if (content === null) return true;
    let read: ReadFile;
    try {
      read = await readBankFile(content);
    } catch (error) {
      if (content.length === 0 || (error instanceof Iso20022Error && error.code === "truncated")) {
        if (isStillGrowing(file.name, content.length)) return false;
      }
      await putAside(file.name, error);
      return true;
    }
    const { message, messageId, facts } = read;
    const hash = createHash("sha256").update(content).digest("hex");
    const key = `${message} ${messageId}`;
    const before = messageId === null ? undefined : messages.get(key);
    if (before === hash) {
      deps.logger.info({ bankId: deps.bankId, file: file.name }, "the bank sent a file again");
      // Its statement is the same; the name by which it is read must not be one that vanishes first.
      return true;
    }
    if (before !== undefined) {
      await putAside(
        file.name,
        new Error("Another file with the same message id and other content came before."),
      );
      return true;
    }
    if (messageId !== null) messages.set(key, hash);
    keep(file.name, facts);
    return true;
  }

  function isStillGrowing(name: string, size: number): boolean {
    const now = clock.now().getTime();
    const seen = growing.get(name);
    if (seen === undefined || seen.size !== size) {
      growing.set(name, { size, since: now });
      return true;
    }
    return now - seen.since < deps.partialAfterMs;
  }

  function keep(name: string, facts: Facts): void {
    for (const fact of facts.statuses) push(statuses, fact.endToEndId ?? fact.messageId, fact);
    for (const fact of facts.movements) push(movements, fact.endToEndId, fact);
    for (const fact of facts.returns) push(returns, fact.endToEndId, fact);
    for (const fact of facts.resolutions) push(resolutions, fact.endToEndId, fact);
    for (const fact of facts.mandates) push(mandates, fact.mandateId, fact);
    for (const { account, date, createdAt } of facts.statements)
      push(statements, `${account} ${date}`, { name, createdAt });
  }

  /** A file that cannot be used is moved away with a note, so that it blocks nothing and somebody can look at it. */
  async function putAside(name: string, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : "It cannot be read.";
    const zh = error instanceof Iso20022Error ? error.text.zh : "该文件无法使用。";
    deps.logger.warn({ bankId: deps.bankId, file: name, why }, "a file from the bank cannot be used");
    try {
      if (await exchange.move(name, "from-bank", "from-bank/rejected"))
        await exchange.put("from-bank/rejected", `${name}.reason.txt`, `${why}\n${zh}\n`);
    } catch (cause) {
      // Without the right to move it, the file stays where it is and is not looked at again until it changes.
      deps.logger.warn({ bankId: deps.bankId, file: name, err: cause }, "a file could not be put aside");
    }
  }

  return {
    refresh() {
      // One look at a time; whoever asks meanwhile waits for the one under way, which may have begun before their news.
      const next = (running ?? Promise.resolve()).catch(() => undefined).then(look);
      running = next.finally(() => {
        if (running === settled) running = undefined;
      });
      const settled = running;
      return settled;
    },
    about: (reference, messageId) => ({
      statuses: [...(statuses.get(reference) ?? []), ...(statuses.get(messageId) ?? [])],
      movements: movements.get(reference) ?? [],
      returns: returns.get(reference) ?? [],
      resolutions: resolutions.get(reference) ?? [],
    }),
    mandateNews: (mandateId) => mandates.get(mandateId) ?? [],
    statementFile(account, date) {
      const files = statements.get(`${account} ${date}`) ?? [];
      return files.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0]?.name ?? null;
    },
  };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
