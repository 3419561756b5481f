import type { SetupText } from "@jinqiao/server/embedded-postgres";

/** What a bank's test environment must offer to be certified whole; the sandbox banks offer it as their script API. */
export const testEnvironment: readonly SetupText[] = [
  {
    en: "Customers with accounts in a currency of ours, and somebody or something that answers for them on the bank's pages, in its app or by its codes.",
    zh: "持有本方币种账户的测试客户，以及在银行页面、App 或验证码环节代其操作的人或程序。",
  },
  {
    en: "The exact balances of these accounts and of ours from the bank's own books, past the interface under test.",
    zh: "绕过被测接口，直接从银行账册给出上述账户及本方账户的准确余额。",
  },
  {
    en: "Closing the business day when asked, so that a week passes in minutes, and a statement of each day.",
    zh: "可按需日终，使一周在数分钟内走完，并给出每日对账单。",
  },
  {
    en: "Faults on request: the nth call slow, refused, failed, unanswered before or after it was carried out, its answer cut or wrongly signed; notices or files twice, late, in parts or never.",
    zh: "按要求制造故障：第 n 次调用缓慢、被拒、出错、执行前或执行后无应答、应答中断或签名错误；通知或文件重复、迟到、分段或丢失。",
  },
  {
    en: "A clock that can be set wrong by days, other certificates of the bank, and client certificates that are expired, revoked or of another authority.",
    zh: "可调快调慢数日的时钟、银行的其他证书，以及过期、被吊销或由其他机构签发的客户端证书。",
  },
  {
    en: "Returns after settlement, a changed account id, and a statement with an altered line.",
    zh: "结算后的退回、账户编号变更，以及含一笔被改动的对账单。",
  },
];
