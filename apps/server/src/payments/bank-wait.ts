import type { Banks } from "../banks/index.ts";
import type { PaymentRow } from "./sql.ts";

export type Reason = { code: string; text: { en: string; zh: string } };

/**
 * Why an order does not go to the bank at once and when it will, in the bank's own time; undefined when it does.
 * The order waits and is sent by itself.
 */
export function bankWait(banks: Pick<Banks, "availability" | "config">, bankId: string): Reason | undefined {
  const { state, until } = banks.availability(bankId);
  const bank = banks.config(bankId);
  if (state === "available" || until === null || bank === undefined) return undefined;
  const { en, zh } = bank.name;
  const at = (locale: string) =>
    new Intl.DateTimeFormat(locale, {
      timeZone: bank.timeZone,
      month: "long",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).format(until);
  if (state === "maintenance")
    return {
      code: "bank.maintenance",
      text: {
        en: `${en} is closed for maintenance until ${at("en-GB")} (the bank's local time). We will send this by ourselves then. Your money is safe.`,
        zh: `${zh}正在维护，预计${at("zh-CN")}（银行当地时间）恢复。届时我们会自动发送，您的资金安全无虞。`,
      },
    };
  return {
    code: "bank.no_answer",
    text: {
      en: `${en} is not answering at the moment. Nothing has been sent yet; we keep trying and will send this by ourselves as soon as the bank answers. Your money is safe.`,
      zh: `${zh}暂时没有响应。指令尚未发出，我们会不断重试，银行恢复后自动发送。您的资金安全无虞。`,
    },
  };
}

export function reasonFields(
  reason: Reason | undefined,
): Pick<PaymentRow, "reason_code" | "reason_en" | "reason_zh"> {
  return {
    reason_code: reason?.code ?? null,
    reason_en: reason?.text.en ?? null,
    reason_zh: reason?.text.zh ?? null,
  };
}
