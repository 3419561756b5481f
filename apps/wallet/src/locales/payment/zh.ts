import { zh as way } from "../way/zh.ts";
import type { PaymentMessageId } from "./en.ts";

/** Texts of the page of one payment, in Chinese. */
export const zh: Record<PaymentMessageId, string> = {
  ...way,
  "payment.title.return.in": "{bank}退回",
  "payment.title.return.out": "{bank}撤回充值",
  "explain.return.in": "{bank}退回了先前的一笔提现，{amount} 已重新计入余额。",
  "explain.return.out": "银行撤回了先前的一笔充值，{amount} 已退回您在{bank}的账户，不再计入余额。",
  "payment.original": "原交易",
  "payment.came_back": "退回明细",
  "payment.came_back.part": "{amount} 中已有 {returned} 被退回。",
  "payment.came_back.open": "查看退回的 {amount}",
};
