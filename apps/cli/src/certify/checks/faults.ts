import assert from "node:assert/strict";
import type { CallAction, FaultOperation } from "@jinqiao/sandbox-bank/script-client";
import type { BankUnderTest } from "../subject.ts";
import { assertBooksBalance, type Check, fresh, NotOffered } from "./check.ts";
import { isSuccess, type Step, steps } from "./steps.ts";

/** What goes wrong with a call. "before": nothing was done at the bank; "after": done, and the answer lost. */
export const actions = [
  { name: "delay", en: "a slow answer", zh: "响应缓慢" },
  { name: "refuse", en: "a refusal", zh: "被拒绝" },
  { name: "error", en: "an internal error (5xx)", zh: "内部错误（5xx）" },
  { name: "timeout-before", en: "no answer, nothing done", zh: "超时且未执行" },
  { name: "timeout-after", en: "no answer, though done", zh: "超时但已执行" },
  { name: "reset-connection-before", en: "a cut connection, nothing done", zh: "连接中断且未执行" },
  { name: "reset-connection-after", en: "a cut connection, though done", zh: "连接中断但已执行" },
  { name: "cut-answer", en: "half an answer, though done", zh: "应答只到一半但已执行" },
  { name: "wrong-signature", en: "an answer with a wrong signature", zh: "应答签名错误" },
] as const satisfies readonly { name: CallAction; en: string; zh: string }[];
type Action = (typeof actions)[number]["name"];

/** Patience of the connector under a fault, and how long the bank keeps silent: longer than that. */
export const impatientMs = 1_500;
const silentMs = 4_000;
const slowMs = 300;
/** No step of any dialect makes more calls than this; a drill that reaches it found no end. */
const mostCalls = 12;
/** A look into a folder reads every file that lies there: the first of them stand for all. */
const firstFiles = 2;

/** Every step with every fault: call 1 fails, then call 2, and so on until the step makes no further call. */
export const faultChecks: readonly Check[] = steps.flatMap((one) =>
  actions.map((action) => ({
    id: `fault.${one.id}.${action.name}`,
    title: { en: `${one.en}: ${action.en}`, zh: `${one.zh}：${action.zh}` },
    needs: one.needs,
    run: (bank: BankUnderTest) => drill(bank, one, action.name),
  })),
);

async function drill(bank: BankUnderTest, one: Step<never>, action: Action): Promise<string> {
  if (!bank.scripted) throw new NotOffered("this bank has no script");
  const struck: string[] = [];
  for (const { operation, most } of operationsOf(bank, one, action)) {
    for (let nth = 1; nth <= most; nth += 1) {
      const outcome = await drillCall(bank, one, { operation, action, nth });
      if (outcome === undefined) break;
      struck.push(`${operation === "*" ? "call" : operation} ${nth}: ${outcome}`);
      assert(operation !== "*" || nth < most, `after ${most} spoiled calls the step still made another`);
    }
  }
  if (struck.length === 0) throw new NotOffered("this bank cannot be made to fail like this here");
  await assertBooksBalance(bank);
  return struck.join("; ");
}

/** Which calls are spoiled one after the other, and how many of each at most. */
function operationsOf(
  bank: BankUnderTest,
  one: Step<never>,
  action: Action,
): readonly { operation: FaultOperation; most: number }[] {
  const { files, signedAnswers } = bank;
  if (action === "wrong-signature") {
    if (signedAnswers === undefined) throw new NotOffered("the bank does not sign its answers");
    return signedAnswers.map((operation) => ({ operation, most: 1 }));
  }
  if (files === undefined) return [{ operation: "*", most: mostCalls }];
  if (one.files.length === 0) throw new NotOffered("this step calls no bank: the customer's browser does");
  return one.files.map((operation) => ({ operation, most: firstFiles }));
}

/** The step with one spoiled call and what follows on the unspoiled bank; undefined when it made no such call. */
async function drillCall(
  bank: BankUnderTest,
  one: Step<never>,
  fault: { operation: FaultOperation; action: Action; nth: number },
): Promise<string | undefined> {
  const prepared = await one.prepare(bank);
  const delayMs = fault.action === "delay" ? slowMs : silentMs;
  // Whoever asks again after a forged answer must get another one: what was believed can then only be a forgery.
  const times = fault.action === "wrong-signature" ? mostCalls : 1;
  const { id } = await bank.script.addFault({ ...fault, delayMs, times });
  let outcome: string;
  let struck: boolean;
  try {
    const settings = bank.files?.drillSettings ?? {};
    outcome = await fresh(bank, { timeoutMs: impatientMs, settings }, (connector) =>
      one.attempt(bank, connector, prepared),
    );
    struck = (await bank.script.faults()).some((rule) => rule.id === id && rule.fired > 0);
  } finally {
    await bank.script.clearFaults();
  }
  if (struck && fault.action === "wrong-signature")
    assert(!isSuccess(outcome), `an answer with a wrong signature was believed: ${outcome}`);
  await one.aftermath(bank, prepared, outcome);
  return struck ? outcome : undefined;
}
