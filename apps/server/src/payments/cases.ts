import { randomUUID } from "node:crypto";
import * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Banks } from "../banks/index.ts";
import { namesOfWhoDid } from "../identity/index.ts";
import { hashOf, type Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import { type CaseAction as Action, actionsFor, lastWordOf, needsTwo } from "./case-policy.ts";
import { acting, type CaseRow, caseGuard, holdDays, proposing, renewalDays } from "./case-rows.ts";
import * as caseSql from "./case-sql.ts";
import type { Mover, News } from "./mover.ts";
import { settleOwed } from "./owed.ts";
import type { PaymentRow } from "./sql.ts";
import * as sql from "./sql.ts";
import type { StaffView } from "./staff-views.ts";
import type { WithBank } from "./with-bank.ts";

type CaseView = z.input<typeof contract.Case>;
/** Who did something, by name. */
type NameOf = (by: string | null) => string | null;
type DetailsView = z.input<typeof contract.CaseDetails>;

export type CasesDeps = {
  db: Db;
  vault: Vault;
  clock: Clock;
  ids: Ids;
  ledger: Ledger;
  banks: Banks;
  mover: Mover;
  withBank: WithBank;
  staffViews(staff: contract.Staff, payments: readonly PaymentRow[]): Promise<StaffView[]>;
};

/** What staff decide where asking the bank has led nowhere. Money moves by the table of `lifecycle.ts` alone. */
export function createCases(deps: CasesDeps): {
  routes: RouteHandler[];
  /** Takes holds anew that would end before the bank has spoken. */
  watchHolds(): Promise<void>;
} {
  function viewOf(row: CaseRow, payment: PaymentRow | undefined, nameOf: NameOf): CaseView {
    return {
      id: row.id,
      kind: row.kind,
      status: row.closed_at === null ? "open" : "closed",
      bankId: row.bank_id,
      bankName: deps.banks.config(row.bank_id)?.name ?? { en: row.bank_id, zh: row.bank_id },
      amount: toWire({ minor: row.amount, currency: row.currency }),
      paymentKind: payment?.kind ?? null,
      paymentId: row.payment_id,
      breakId: row.break_id,
      actions: actionsFor(row, payment),
      proposal: row.closed_at === null ? proposalOf(row, nameOf) : null,
      ending:
        row.closed_at === null || row.outcome === null
          ? null
          : {
              outcome: row.outcome,
              by: nameOf(row.closed_by_id) ?? row.closed_by,
              at: row.closed_at.toISOString(),
            },
      openedAt: row.opened_at.toISOString(),
    };
  }

  async function one(staff: contract.Staff, caseId: string): Promise<DetailsView> {
    const row = await caseSql.selectCase(deps.db, deps.vault, caseId);
    if (row === undefined) throw new Refusal("request.not_found");
    const payment = row.payment_id ? await sql.selectPayment(deps.db, row.payment_id) : undefined;
    const [log, [view], bankMessages] = await Promise.all([
      caseSql.selectActions(deps.db, deps.vault, row.id),
      payment ? deps.staffViews(staff, [payment]) : [],
      payment ? deps.banks.messagesOf(payment.id) : [],
    ]);
    const lastWord = lastWordOf(bankMessages);
    const nameOf = await namesOfWhoDid(deps.db, deps.vault, [
      row.proposed_by_id,
      row.closed_by_id,
      ...log.map(({ staff_id }) => staff_id),
    ]);
    return {
      case: viewOf(row, payment, nameOf),
      needTwo: actionsFor(row, payment).filter(
        (action) => payment !== undefined && needsTwo(action, payment, lastWord),
      ),
      payment: view?.payment ?? null,
      customerId: payment?.customer_id ?? null,
      customerName: view?.customerName ?? null,
      namesHidden: view?.namesHidden ?? false,
      inquiries: payment?.inquiries ?? 0,
      log: log.map(({ at, action, note, staff_id, result, step }) => ({
        at: at.toISOString(),
        action: action as Action,
        note,
        by: nameOf(staff_id) ?? "",
        result: result as PaymentRow["status"],
        step,
      })),
      bankMessages,
    };
  }

  /** Asks the bank once more; a case that the answer ends is ended by the answer, not by the member of staff. */
  async function askAgain(payment: PaymentRow): Promise<PaymentRow> {
    assert(payment.bank_id, "a payment in a case has a bank");
    // A bank that may not be called now would only seem to be silent.
    if (deps.banks.availability(payment.bank_id).until !== null) throw new Refusal("bank.unavailable");
    return deps.withBank.inquire(payment.id);
  }

  /** What is proposed or refused moves no money; the case must be as the person saw it. */
  async function propose(
    row: CaseRow,
    proposal: Parameters<typeof proposing>[2],
    said: ReturnType<typeof acting>,
  ): Promise<void> {
    const { rows, events } = proposing(deps.vault, row, proposal);
    const { status } = await deps.ledger.commit({
      key: `case/${row.id}/proposal/${deps.ids.next("att")}`,
      hash: hashOf({ proposal: proposal?.action ?? null }),
      rows: [...rows, said],
      guards: [caseGuard(row)],
      events,
    });
    if (status !== "accepted") throw new Refusal("payment.changed_meanwhile");
  }

  async function act(
    staff: contract.Staff,
    caseId: string,
    { action, note }: { action: Action; note: string },
  ): Promise<DetailsView> {
    const row = await caseSql.selectCase(deps.db, deps.vault, caseId);
    if (row === undefined) throw new Refusal("request.not_found");
    if (row.closed_at !== null) throw new Refusal("payment.case_closed");
    const payment = row.payment_id ? await sql.selectPayment(deps.db, row.payment_id) : undefined;
    if (payment === undefined || !actionsFor(row, payment).includes(action))
      throw new Refusal("payment.case_action_not_possible");
    const at = deps.clock.now();
    const said = (result: PaymentRow["status"], step: "proposed" | "done" = "done") =>
      acting(deps.vault, {
        id: randomUUID(),
        case_id: row.id,
        at,
        action,
        note,
        staff_id: staff.id,
        result,
        step,
      });
    if (action === "refuse_proposal") {
      await propose(row, null, said(payment.status));
      return one(staff, caseId);
    }
    const isDebt = action === "collect" || action === "write_off_debt";
    if (!isDebt) {
      // Nothing is decided over the bank's head: it is asked first, and its answer, if there is one, counts.
      const asked = await askAgain(payment);
      if (action === "ask_bank" || asked.status !== payment.status) {
        await deps.db.transaction((tx) => caseSql.writeRows(tx, [said(asked.status)]));
        if (action !== "ask_bank") throw new Refusal("payment.changed_meanwhile");
        return one(staff, caseId);
      }
    }
    const two = needsTwo(action, payment, lastWordOf(await deps.banks.messagesOf(payment.id)));
    if (two && row.proposed_action !== action) {
      const proposal = { action, note, byId: staff.id, at };
      await propose(row, proposal, said(payment.status, "proposed"));
      return one(staff, caseId);
    }
    if (two && row.proposed_by_id === staff.id) throw new Refusal("payment.second_person_needed");
    const byId = two ? `${row.proposed_by_id}, ${staff.id}` : staff.id;
    if (isDebt) {
      await settleOwed(deps, row, payment, action, { byId, said: said(payment.status) });
      return one(staff, caseId);
    }
    const news: News =
      action === "confirm_done"
        ? { cause: "confirmed_by_staff", byId }
        : { cause: "reversed_by_staff", byId, reason: givenBack };
    const result = action === "confirm_done" ? "submitted" : "rejected";
    const { moved } = await deps.mover.apply(payment.id, news, () => ({
      rows: [said(result)],
      guards: two ? [caseGuard(row)] : [],
    }));
    if (!moved) throw new Refusal("payment.changed_meanwhile");
    return one(staff, caseId);
  }

  return {
    routes: [
      handle(contract.listCases, async ({ query }) => {
        const limit = query.limit ?? 30;
        const open = query.status === undefined ? undefined : query.status === "open";
        const rows = await caseSql.selectCases(deps.db, deps.vault, {
          open,
          cursor: query.cursor,
          limit: limit + 1,
        });
        const shown = rows.slice(0, limit);
        const payments = await sql.selectPaymentsById(
          deps.db,
          shown.flatMap(({ payment_id }) => payment_id ?? []),
        );
        const byId = new Map(payments.map((payment) => [payment.id, payment]));
        const nameOf = await namesOfWhoDid(
          deps.db,
          deps.vault,
          shown.flatMap((row) => [row.proposed_by_id, row.closed_by_id]),
        );
        return {
          items: shown.map((row) =>
            viewOf(row, row.payment_id ? byId.get(row.payment_id) : undefined, nameOf),
          ),
          nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
        };
      }),
      handle(contract.getCase, ({ staff, params }) => one(staff, params.caseId)),
      handle(contract.actOnCase, ({ staff, params, body }) => {
        return act(staff, params.caseId, body);
      }),
    ],
    async watchHolds() {
      const dayMs = 86_400_000;
      const nowMs = deps.clock.now().getTime();
      const madeBefore = new Date(nowMs - (holdDays - renewalDays) * dayMs);
      for (const payment of await sql.selectLongUnknown(deps.db, madeBefore, 500)) {
        const hold = (await deps.ledger.holdsOf(payment.id)).find(({ id }) => id === payment.hold_id);
        const ends = hold?.status === "open" && hold.expires_at.getTime() - nowMs <= renewalDays * dayMs;
        if (ends) await deps.mover.renewHold(payment);
      }
    },
  };
}

function proposalOf(row: CaseRow, nameOf: NameOf): CaseView["proposal"] {
  const { proposed_action: action, proposed_note: note, proposed_by_id: byId, proposed_at: at } = row;
  if (action === null || note === null || byId === null || at === null) return null;
  return { action, note, by: nameOf(byId) ?? "", at: at.toISOString() };
}

const givenBack = {
  code: "not_settled",
  text: {
    en: "We looked into this with the bank. It was not carried out, and nothing has left your balance.",
    zh: "我们已向银行核实，该笔付款未被执行，您的余额没有变动。",
  },
};
