import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { inLanguage } from "../terminal.ts";
import type { Machine } from "./place.ts";
import { rounded } from "./report.ts";

/** What `bench gateway` found. `null` was not measured in it. */
export type GatewayReport = {
  machine: Machine & { pgbench: string | null };
  load: { start: number[]; end: number[] };
  ratios: {
    /** Payments (created by the shop and paid by its payer, two requests) at 64 connections ÷ `pgbench` TPC-B at 32. */
    paymentVsPgbench: number | null;
    /** Nine payments in ten to one shop ÷ payments spread over all. */
    hotVsSpread: number | null;
    /** Deliveries to a receiver on this machine. */
    webhooksPerSecond: number | null;
    /** A page of the payments of a shop that has a million, the slowest kind of page, median, milliseconds. */
    listMs: number | null;
    /** The takings of a day of that shop, median, milliseconds. */
    takingsMs: number | null;
  };
  figures: Record<string, number | null>;
};

const goals: readonly {
  of: keyof GatewayReport["ratios"];
  what: SetupText;
  unit: string;
  must: number;
  /** Better when smaller. */
  less?: true;
}[] = [
  {
    of: "paymentVsPgbench",
    what: { en: "Payments created and paid ÷ pgbench TPC-B", zh: "创建并支付 ÷ pgbench TPC-B" },
    unit: "×",
    must: 0.25,
  },
  {
    of: "hotVsSpread",
    what: { en: "90 % to one shop ÷ spread over all", zh: "90% 集中于一家商户 ÷ 均匀分布" },
    unit: "×",
    must: 0.9,
  },
  {
    of: "webhooksPerSecond",
    what: { en: "Webhooks delivered", zh: "Webhook 投递" },
    unit: "/s",
    must: 500,
  },
  {
    of: "listMs",
    what: { en: "A page of a shop's payments", zh: "商户付款列表一页" },
    unit: "ms",
    must: 30,
    less: true,
  },
  { of: "takingsMs", what: { en: "Takings of a day", zh: "一天的营业额" }, unit: "ms", must: 50, less: true },
];

export function roundedGateway(report: GatewayReport): GatewayReport {
  const all = <T extends Record<string, number | null>>(values: T): T =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)])) as T;
  return { ...report, ratios: all(report.ratios), figures: all(report.figures) };
}

/** The table for the screen. */
export function gatewayTable(report: GatewayReport): string {
  const { machine, load } = report;
  const rows = goals.map(({ of, what, unit, must, less }) => {
    const value = report.ratios[of];
    const here =
      value === null ? inLanguage({ en: "not measured", zh: "未测" }) : `${rounded(value)} ${unit}`;
    const sign = value === null ? "–" : (less ? value <= must : value >= must) ? "✓" : "✗";
    const bound = less
      ? inLanguage({ en: "at most", zh: "不超过" })
      : inLanguage({ en: "at least", zh: "不低于" });
    return `${sign} ${inLanguage(what)}: ${here} (${bound} ${must} ${unit})`;
  });
  const figures = Object.entries(report.figures).map(([name, value]) => `  ${name} ${rounded(value) ?? "–"}`);
  return [
    "",
    ...rows,
    "",
    ...figures,
    "",
    `${machine.cpu}, ${machine.cores} × CPU, ${machine.memoryGb} GB, ${machine.system}`,
    `Node.js ${machine.node}, PostgreSQL ${machine.postgres} (${machine.database}), ${machine.pgbench ?? inLanguage({ en: "no pgbench", zh: "未安装 pgbench" })}`,
    `${inLanguage({ en: "Load average", zh: "系统负载" })} ${load.start.join(" ")} → ${load.end.join(" ")}`,
    "",
  ].join("\n");
}
