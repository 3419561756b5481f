import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BankConnector } from "@jinqiao/server/connectors";
import type { BankUnderTest } from "../subject.ts";
import {
  assertBooksBalance,
  type Check,
  closeDay,
  described,
  fresh,
  idOf,
  movedFrom,
  NotOffered,
  payable,
} from "./check.ts";
import { statementOf } from "./statements.ts";

type NoticeFault = "duplicate-notice" | "withhold-notice" | "partial-notice" | "late-notice";

/** The news of a payment comes wrongly; once the day is closed it is known all the same, and paid once. */
const news: readonly { name: NoticeFault; id: string; en: string; zh: string }[] = [
  {
    name: "duplicate-notice",
    id: "duplicate",
    en: "Files of the bank that come twice count once",
    zh: "银行重复发送的文件只计一次",
  },
  {
    name: "withhold-notice",
    id: "lost",
    en: "Files that never come: the statement tells what became of it",
    zh: "文件丢失时，由对账单得知结果",
  },
  {
    name: "partial-notice",
    id: "partial",
    en: "Files that come in two parts are read when they are whole",
    zh: "分两次到达的文件，完整后才读取",
  },
  {
    name: "late-notice",
    id: "reordered",
    en: "Files that come in the wrong order lead to the same answer",
    zh: "文件乱序到达时结果不变",
  },
];

/** Files that the bank leaves for us, where a bank is reached by files. */
export const fileChecks: readonly Check[] = [
  ...news.map(
    ({ name, id, en, zh }): Check => ({
      id: `file.${id}`,
      title: { en, zh },
      needs: ["payments", "statements"],
      run: (bank) => wrongNews(bank, name),
    }),
  ),
  {
    id: "file.truncated",
    title: { en: "A file that breaks off says nothing and is put aside", zh: "中断的文件不作数，并被移出" },
    needs: ["payments"],
    run: (bank) =>
      strangeFile(bank, "truncated", (report) => report.slice(0, Math.floor(report.length * 0.7))),
  },
  {
    id: "file.changed",
    title: {
      en: "Another file under a message id that came before says nothing and is put aside",
      zh: "报文编号相同而内容不同的文件不作数，并被移出",
    },
    needs: ["payments"],
    run: (bank) =>
      strangeFile(bank, "changed", (report) => report.replace(/<TxSts>[A-Z]{4}</, "<TxSts>RJCT<")),
  },
  {
    id: "file.hostile",
    title: {
      en: "A file with entities is refused and stands in nobody's way",
      zh: "含外部实体的文件会被拒绝，不影响其他文件",
    },
    needs: ["payments"],
    run: (bank) =>
      strangeFile(bank, "hostile", (report) =>
        report.replace(
          /<Document /,
          '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Document ',
        ),
      ),
  },
];

function folderOf({ files }: BankUnderTest): string {
  if (files === undefined) throw new NotOffered("this bank exchanges no files");
  return join(files.folder, "from-bank");
}

async function wrongNews(bank: BankUnderTest, action: NoticeFault): Promise<string> {
  folderOf(bank);
  const { order, access, debtor } = await payable(bank, 2_300n);
  const before = (await bank.truth(debtor)).expected;
  await bank.script.addFault({ operation: "*", action, endToEndId: order.reference, times: 9 });
  let early: string;
  try {
    const answer = await bank.connector.initiatePayment(order, access);
    assert.equal(answer.outcome, "accepted", described(answer));
    assert.equal(await movedFrom(bank, debtor, before), order.amountMinor);
    // Whatever has been heard by now, it is not that the payment failed.
    const status = await bank.connector.paymentStatus(idOf(answer), bank.currency);
    assert(["accepted", "unknown"].includes(status.outcome), described(status));
    early = described(status);
  } finally {
    await bank.script.clearFaults();
  }
  const closedDate = await closeDay(bank);
  const day = await statementOf(bank, closedDate);
  const lines = day.entries.filter(({ endToEndId }) => endToEndId === order.reference);
  assert.equal(lines.length, 1, `the payment is on the statement ${lines.length} times`);
  const sighting = await soon(() => bank.connector.findPayment(order.reference, bank.custody, "1970-01-01"));
  await bank.connector.initiatePayment(order, access);
  assert.equal(await movedFrom(bank, debtor, before), order.amountMinor, "sent again: not paid exactly once");
  await assertBooksBalance(bank);
  return `${early}, then found ${sighting}, paid once`;
}

/** Late files take some seconds; then the payment must be known as booked. */
async function soon(look: () => ReturnType<BankConnector["findPayment"]>): Promise<string> {
  for (let tries = 0; tries < 20; tries += 1) {
    const sighting = await look();
    assert.notEqual(sighting.found, false, "a payment that the bank made was said to be absent");
    if (sighting.found === true && sighting.status === "booked") return "booked";
    await sleep(300);
  }
  throw new Error("the payment was not seen as booked");
}

/** How long a file without an end is waited for in the drill, instead of ten minutes. */
const partialAfterMs = 1_000;

/** A file made of the bank's own report about a payment lies there; what is known of the payment must not change. */
async function strangeFile(
  bank: BankUnderTest,
  kind: string,
  spoil: (report: string) => string,
): Promise<string> {
  const folder = folderOf(bank);
  const { order, access, debtor } = await payable(bank, 2_400n);
  const before = (await bank.truth(debtor)).expected;
  const answer = await bank.connector.initiatePayment(order, access);
  assert.equal(answer.outcome, "accepted", described(answer));
  assert.equal(await movedFrom(bank, debtor, before), order.amountMinor);
  const report = await reportAbout(folder, order.reference);
  // The name comes after that of the true report, as a later file's would.
  const name = `pain.002_zz${kind}${order.reference}.xml`;
  await writeFile(join(folder, name), spoil(report), { mode: 0o600 });
  const settings = { partialAfterMs };
  await fresh(bank, { settings }, async (connector) => {
    const ask = async () => described(await connector.paymentStatus(idOf(answer), bank.currency));
    assert.match(await ask(), /^accepted/, "the file was believed");
    await sleep(partialAfterMs + 200);
    assert.match(await ask(), /^accepted/, "the file was believed");
  });
  const put = await readdir(join(folder, "rejected"));
  assert(put.includes(name), "the file was not put aside");
  const why = await readFile(join(folder, "rejected", `${name}.reason.txt`), "utf8");
  assert(/[\u4e00-\u9fff]/.test(why), "the reason has no Chinese words");
  await assertBooksBalance(bank);
  return `put aside: ${why.split("\n")[0]}`;
}

async function reportAbout(folder: string, reference: string): Promise<string> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith("pain.002")) continue;
    const content = await readFile(join(folder, name), "utf8");
    if (content.includes(`>${reference}<`)) return content;
  }
  throw new Error("the bank left no report about the payment");
}
