import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDb } from "../../apps/server/src/platform/db.ts";
import { lostCalls } from "../support/everything.ts";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";

/** Breaks the N-th statement of whatever staff do about a case; pressing again must end in one decision and whole books. */
const armed = { when: "before" as "before" | "after", countdown: 0, hit: false };
let world: World;
let person: Session & { id: string };
let staff: Session["api"];
let second: Session["api"];
let account: string;

beforeAll(async () => {
  world = await createWorld({
    executionWindowMs: 86_400_000,
    overrides: {
      fault: (when) => {
        if (armed.countdown === 0 || when !== armed.when) return;
        armed.countdown -= 1;
        if (armed.countdown > 0) return;
        armed.hit = true;
        throw new Error("scripted failure");
      },
    },
  });
  person = await world.customer("林晓", "zh");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  await unwrap(person.api.POST("/v1/top-ups", { params: { header: attempt() }, body: move("900.00") }));
  await world.settleJobs();
  staff = await world.staff();
  second = await world.staff("second");
});
afterAll(() => world.close());

const move = (amount: string) => ({ linkedAccountId: account, amount: { amount, currency: "CNY" } });

/** A withdrawal that got lost on its way to the bank and was asked for long enough. */
async function openCase(): Promise<{ caseId: string; paymentId: string }> {
  await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-before" });
  const { id } = await unwrap(
    person.api.POST("/v1/withdrawals", { params: { header: attempt() }, body: move("1.00") }),
  );
  await world.app.worker.drain({ rounds: 1 });
  const db = createDb({ url: world.databaseUrl, maxConnections: 1 });
  await db.query("UPDATE payments.payment SET inquiries = 59 WHERE id = $1", [id]);
  await db.close();
  await world.app.worker.drain({ rounds: 1 });
  const { items } = await unwrap(staff.GET("/v1/console/cases", { params: { query: { status: "open" } } }));
  const found = items.find(({ paymentId }) => paymentId === id);
  expect(found).toMatchObject({ kind: "outcome_unknown" });
  return { caseId: found?.id ?? "", paymentId: id };
}

it.each([
  ["give_back", "before", "rejected"],
  ["give_back", "after", "rejected"],
  ["confirm_done", "before", "submitted"],
  ["confirm_done", "after", "submitted"],
] as const)(
  "%s with statement N lost %s it took effect",
  { timeout: 600_000 },
  async (action, when, status) => {
    let reached = 0;
    for (const n of lostCalls(when, 100)) {
      const { caseId, paymentId } = await openCase();
      // The bank found nothing when it was asked: that it carried the payment out takes two people to say.
      const people = action === "confirm_done" ? [staff, second] : [staff];
      const act = (who: Session["api"]) =>
        unwrap(
          who.POST("/v1/console/cases/{caseId}/actions", {
            params: { path: { caseId } },
            body: { action, note: "Asked the bank by telephone." },
          }),
        );
      Object.assign(armed, { when, countdown: n, hit: false });
      // Whatever the first press was answered, the second finds it done or does it.
      for (const who of people)
        await act(who).catch((error: unknown) => expect(error).toBeInstanceOf(ApiError));
      armed.countdown = 0;
      for (const who of people)
        await act(who).catch((error: unknown) =>
          expect((error as ApiError).problem.code, `${n}`).toMatch(
            /^payment\.(case_closed|second_person_needed)$/,
          ),
        );
      const details = await unwrap(staff.GET("/v1/console/cases/{caseId}", { params: { path: { caseId } } }));
      expect(details.case, `${n}`).toMatchObject({ status: "closed", ending: { outcome: status } });
      expect(
        details.log.filter(({ result }) => result === status),
        `${n}`,
      ).toHaveLength(1);
      const payment = await unwrap(
        person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }),
      );
      expect(payment.status, `${n}`).toBe(status);
      expect(
        payment.timeline.filter((step) => step.status === status),
        `${n}`,
      ).toHaveLength(1);
      // What is decided here needs no more questions; they would slow every later round.
      await world.app.db.query("SELECT graphile_worker.remove_job('inquire/' || $1)", [paymentId]);
      if (!armed.hit) break;
      reached = n;
    }
    expect(reached, "faults were reached").toBeGreaterThan(3);
    expect(await world.app.ledger.violations()).toEqual([]);
    const { items } = await unwrap(person.api.GET("/v1/balances"));
    expect(items.find(({ currency }) => currency === "CNY")?.held.amount).toBe("0.00");
  },
);
