import type { ReconciliationMessageId } from "./en.ts";

export const zh: Record<ReconciliationMessageId, string> = {
  "recon.lead": "每个托管账户每天的银行对账单与我方账本逐行核对。",
  "recon.date": "日期",
  "recon.fetch": "立即向银行查询",
  "recon.fetched": "{count, plural, =0 {银行没有新的对账单。} other {已核对 # 份新的对账单。}}",
  "recon.none_on_date": "这一天没有对账单",
  "statement.title": "{bank}，{currency}，{date}",
  "statement.facts": "当日情况",
  "statement.id": "对账单编号",
  "statement.account": "账户",
  "statement.received": "收到时间",
  "statement.breaks": "当日差异",
  "statement.breaks_lead": "银行与我方账本不一致之处及原因。",
  "statement.lines": "明细",
  "statement.counted": "共 {lines} 行，匹配 {matched} 行，差异 {breaks} 笔",
  "statement.no_lines": "当日该账户没有资金变动。",
};
