import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { harbourBank } from "../instance/sandbox-banks/index.ts";
import { checks } from "./checks/index.ts";
import { reportPage } from "./report-html.ts";
import { certifyBank, runCheck } from "./run.ts";
import { startSandbox } from "./sandbox.ts";
import { createShell, ShellError } from "./shell.ts";
import type { BankUnderTest } from "./subject.ts";

let bank: BankUnderTest;
beforeAll(async () => {
  bank = await startSandbox(harbourBank);
});
afterAll(() => bank?.close());

type Connector = BankUnderTest["connector"];

/** The bank with a connector that is wrong in one respect, also where a check opens one of its own. */
function spoiled(change: (connector: Connector) => Partial<Connector>): BankUnderTest {
  const wrong = (connector: Connector) => ({ ...connector, ...change(connector) });
  return { ...bank, connector: wrong(bank.connector), connect: (options) => wrong(bank.connect(options)) };
}

function outcomeOf(subject: BankUnderTest, id: string) {
  const check = checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return runCheck(subject, check);
}

describe("a connector that is wrong does not pass", () => {
  it.each<{ wrong: string; check: string; change: (connector: Connector) => Partial<Connector> }>([
    {
      wrong: "another request id for every try",
      check: "pay.once",
      change: ({ initiatePayment }) => ({
        initiatePayment: (order, access) => initiatePayment({ ...order, requestId: randomUUID() }, access),
      }),
    },
    {
      wrong: "a lost answer taken for a payment that was not sent",
      check: "fault.pay.timeout-after",
      change: ({ initiatePayment }) => ({
        initiatePayment: async (order, access) => {
          const answer = await initiatePayment(order, access);
          return answer.outcome === "unknown" ? { outcome: "not_sent", why: answer.why } : answer;
        },
      }),
    },
    {
      wrong: "a search that failed taken for absence",
      check: "fault.find.error",
      change: ({ findPayment }) => ({
        findPayment: async (...asked) => {
          const sighting = await findPayment(...asked);
          return sighting.found === "unknown" ? { found: false } : sighting;
        },
      }),
    },
    {
      wrong: "a status that was not heard taken for a rejection",
      check: "fault.status.error",
      change: ({ paymentStatus }) => ({
        paymentStatus: async (...asked) => {
          const status = await paymentStatus(...asked);
          if (status.outcome !== "unknown") return status;
          const reason = { code: "NARR", text: { en: "no", zh: "否" } };
          return { outcome: "rejected", bankPaymentId: null, bankStatus: null, reason };
        },
      }),
    },
    {
      wrong: "a balance off by one minor unit",
      check: "accounts.balance_exact",
      change: ({ balance }) => ({
        balance: async (...asked) => {
          const { booked, available } = await balance(...asked);
          return { booked: booked + 1n, available };
        },
      }),
    },
    {
      wrong: "the first page of entries taken for all",
      check: "accounts.entries_complete",
      change: ({ entries }) => ({ entries: async (...asked) => (await entries(...asked)).slice(0, 100) }),
    },
    {
      wrong: "an error that the interface does not name",
      check: "fault.balance.error",
      change: ({ balance }) => ({
        balance: async (...asked) => {
          try {
            return await balance(...asked);
          } catch (cause) {
            throw new TypeError("of undefined", { cause });
          }
        },
      }),
    },
    {
      wrong: "a consent that is not ended at the bank",
      check: "link.ended_here",
      change: () => ({ revokeConsent: async () => undefined }),
    },
  ])("$wrong", async ({ check, change }) => {
    expect((await outcomeOf(bank, check)).outcome).toBe("passed");
    expect((await outcomeOf(spoiled(change), check)).outcome).toBe("failed");
  });

  it("what is not declared is skipped with the reason, never passed", async () => {
    const without = spoiled(({ capabilities }) => ({ capabilities: { ...capabilities, statements: false } }));
    expect(await outcomeOf(without, "statement.adds_up")).toEqual({
      id: "statement.adds_up",
      outcome: "skipped",
      detail: "the bank does not declare: statements",
    });
  });
});

describe("the report", () => {
  it("counts what was run", async () => {
    const report = await certifyBank(bank, { only: "access" });
    expect(report).toMatchObject({
      bank: "harbour",
      dialect: "berlin-group",
      passed: 2,
      failed: 0,
      skipped: 0,
    });
    expect(report.checks.map(({ id }) => id)).toEqual(["access.refresh", "access.token_refused"]);
  });

  it("is a page whose text cannot become markup", () => {
    const checks = [{ id: "pay.once", outcome: "failed" as const, detail: "<script>alert(1)</script>" }];
    const report = { bank: "b", dialect: "d", passed: 0, failed: 1, skipped: 0, checks };
    const page = reportPage(report, { en: "B & Co", zh: "银行" }, new Date(0));
    expect(page).toContain("&lt;script&gt;");
    expect(page).toContain("B &amp; Co");
    expect(page).not.toContain("<script");
    expect(page).toContain("尚不得存放客户资金");
  });

  it("every check has an id of its own and words in both languages", () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const { title } of checks) {
      expect(title.en).not.toBe("");
      expect(title.zh).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

describe("the shell", () => {
  it("links, pays, loses an answer, and finds the payment once", async () => {
    const shell = createShell(bank, { scripted: true, language: "en" });
    expect(await shell.run("link trust")).toContain("consent ");
    const [reference = "", answer] = (await shell.run("pay in 12.34")).split("\n");
    expect(answer).toMatch(/^accepted ACSP/);
    expect(await shell.run("again")).toBe(answer);
    expect(await shell.run("end-of-day")).toContain("closed");
    expect(await shell.run(`find ${reference}`)).toBe("found, booked");
    await shell.run("faults reset-connection-after initiatePayment");
    expect(await shell.run("pay in 1")).toContain("unknown: ");
    expect(await shell.run("faults clear")).toBe("no faults");
    expect(await shell.run("find")).toBe("found, pending");
  });

  it("says in one line what cannot be done", async () => {
    const shell = createShell(bank, { scripted: false, language: "en" });
    for (const [line, says] of [
      ["balance", 'No account is linked; say "link".'],
      ["constructor", '"constructor" is no command here; say "help".'],
      ["pay out 1.234", "above zero"],
      ["statement yesterday", "Give a date"],
      ["end-of-day", "no script API"],
    ] as const) {
      const failure = await shell.run(line).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ShellError);
      expect((failure as Error).message).toContain(says);
    }
    expect(await shell.run("  # a remark")).toBe("");
    expect(await shell.run("help")).toContain("pay in|out AMOUNT");
  });
});
