import { formatDecimal } from "@jinqiao/money";
import type { StatementEntry } from "../banks/index.ts";
import type { PaymentRow } from "../payments/index.ts";
import type { BreakRow, StatementRow } from "./sql.ts";

/** Why a break is open, in words for staff. */
export type Why = Pick<BreakRow, "why_en" | "why_zh">;

/** Why the books do not take money for a customer: it must not keep the rest of the statement waiting. */
export type AccountRefuses = "ledger.account_closed" | "ledger.account_frozen";

export const whyRefused: Record<AccountRefuses, Why> = {
  "ledger.account_closed": {
    why_en: "The money came after its customer's account was closed. It waits in suspense.",
    why_zh: "款项到账时，对应客户的账户已注销，该款项已挂账待查。",
  },
  "ledger.account_frozen": {
    why_en: "The money came while its customer's account is frozen. It waits in suspense.",
    why_zh: "款项到账时，对应客户的账户处于冻结状态，该款项已挂账待查。",
  },
};

const endedInChinese: Partial<Record<PaymentRow["status"], string>> = {
  settled: "此前已结清",
  rejected: "此前已被拒绝",
  cancelled: "此前已取消",
  expired: "此前已过期",
};

/** Why a share of a matched line goes on waiting. */
export const whyLeft: Why = {
  why_en: "This part of a line was matched with a payment that had ended by then. It waits in suspense.",
  why_zh: "该行的这一部分已与一笔付款匹配，但该付款当时已终止。这部分款项已挂账待查。",
};

/** Why a line waits in suspense: what it bears against what we know of the payment it names. */
export function whyUnmatched(
  statement: StatementRow,
  entry: StatementEntry,
  payment: PaymentRow | undefined,
  amountDiffers: boolean,
): Why {
  if (payment === undefined) {
    return {
      why_en: `The bank shows a ${entry.direction} that no payment of ours explains. It waits in suspense.`,
      why_zh: `银行显示一笔${entry.direction === "credit" ? "贷记" : "借记"}，我方没有对应的付款，已挂账待查。`,
    };
  }
  if (contradicts(payment, entry.amountMinor)) {
    const said = payment.bank_status ? ` (${payment.bank_status})` : "";
    const [reasonEn, reasonZh] = [payment.reason_en, payment.reason_zh];
    return {
      why_en: `The bank's last answer was that it did not carry out this payment${said}${reasonEn ? `: “${reasonEn}”` : "."} Its statement of ${statement.date} shows that the money moved. It waits in suspense.`,
      why_zh: `银行最后答复未执行该笔付款${said}${reasonZh ? `：“${reasonZh}”` : "。"}但 ${statement.date} 的对账单显示款项已划转，已挂账待查。`,
    };
  }
  if (amountDiffers) {
    const text = (minor: bigint) => `${formatDecimal(minor, statement.currency)} ${statement.currency}`;
    return {
      why_en: `The bank moved ${text(entry.amountMinor)}; the payment with this reference is for ${text(payment.amount)}. What moved waits in suspense.`,
      why_zh: `银行实际划转 ${text(entry.amountMinor)}，而该参考号对应的付款为 ${text(payment.amount)}。实际金额已挂账待查。`,
    };
  }
  return {
    why_en: `The line bears the reference of a payment that has already ended (${payment.status}). What moved waits in suspense.`,
    why_zh: `该笔记录的参考号对应的付款${endedInChinese[payment.status] ?? "已结束"}，实际金额已挂账待查。`,
  };
}

/** The bank said that it had not carried the payment out, and a line of its statement says that it had. */
export function contradicts(payment: PaymentRow, amount: bigint): boolean {
  // What staff undid is no answer of the bank.
  return payment.status === "rejected" && payment.reason_code !== "not_settled" && payment.amount === amount;
}
