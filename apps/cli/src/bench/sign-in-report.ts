import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { inLanguage } from "../terminal.ts";
import type { Machine } from "./place.ts";
import { rounded } from "./report.ts";

/** What `bench sign-in` found; milliseconds unless named. */
export type SignInReport = {
  machine: Machine;
  load: { start: number[]; end: number[] };
  /** Median over the rounds of: p99 of payments beside sign-ins ÷ p99 without. */
  paymentP99Ratio: number | null;
  /** What asking for the session adds to a request. */
  sessionCheckMs: number | null;
  /** Unknown address against wrong password: difference of the medians. */
  unknownAddressMs: number | null;
  figures: Record<string, number | null>;
};

const goals: readonly {
  of: "paymentP99Ratio" | "sessionCheckMs" | "unknownAddressMs";
  what: SetupText;
  unit: string;
  must: number;
}[] = [
  {
    of: "paymentP99Ratio",
    what: {
      en: "p99 of payments beside 20 sign-ins a second ÷ without",
      zh: "每秒 20 次登录时付款 p99 ÷ 无登录时",
    },
    unit: "×",
    must: 2,
  },
  {
    of: "sessionCheckMs",
    what: { en: "What the check of the session adds", zh: "会话检查增加的时间" },
    unit: "ms",
    must: 0.3,
  },
  {
    of: "unknownAddressMs",
    what: {
      en: "Unknown address against wrong password, difference of medians",
      zh: "未知邮箱与错误密码的中位数之差",
    },
    unit: "ms",
    must: 5,
  },
];

/** The table for the screen. */
export function signInTable(report: SignInReport): string {
  const { machine, load } = report;
  const rows = goals.map(({ of, what, unit, must }) => {
    const value = report[of];
    const here =
      value === null ? inLanguage({ en: "not measured", zh: "未测" }) : `${rounded(value)} ${unit}`;
    const sign = value === null ? "–" : value <= must ? "✓" : "✗";
    return `${sign} ${inLanguage(what)}: ${here} (${inLanguage({ en: "at most", zh: "不超过" })} ${must} ${unit})`;
  });
  const figures = Object.entries(report.figures).map(([name, value]) => `  ${name} ${rounded(value) ?? "–"}`);
  return [
    "",
    ...rows,
    "",
    ...figures,
    "",
    `${machine.cpu}, ${machine.cores} × CPU, ${machine.memoryGb} GB, ${machine.system}`,
    `Node.js ${machine.node}, PostgreSQL ${machine.postgres} (${machine.database})`,
    `${inLanguage({ en: "Load average", zh: "系统负载" })} ${load.start.join(" ")} → ${load.end.join(" ")}`,
    "",
  ].join("\n");
}
