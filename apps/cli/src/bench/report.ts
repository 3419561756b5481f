import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { inLanguage } from "../terminal.ts";
import type { Machine } from "./place.ts";

/** Ratios of medians of this run; `null` was not measured in it. */
export type Ratios = {
  /** Batch at 32 clients ÷ a transaction per transfer at 32 clients, any account to any. */
  uniformVsTxn: number | null;
  /** The same with nine transfers in ten on one account. */
  hotVsTxn: number | null;
  /** Batch at 1,024 clients ÷ `pgbench` TPC-B at 32. */
  batchVsPgbench: number | null;
  /** Nine in ten on one account ÷ uniform, both in batches at 1,024 clients. */
  hotVsUniform: number | null;
  /** With a million accounts and five million transfers present ÷ an empty ledger. */
  fullVsEmpty: number | null;
  /** Hold and capture, counted as two postings ÷ plain transfers. */
  holdsVsPlain: number | null;
  /** With the transparency log ÷ without. */
  logVsPlain: number | null;
  /** Customer-to-customer payments over HTTP on 64 connections ÷ `pgbench` TPC-B at 32. */
  httpVsPgbench: number | null;
};

export type BenchReport = {
  machine: Machine & { pgbench: string | null };
  /** Load averages of the machine over 1, 5 and 15 minutes, before and after. */
  load: { start: number[]; end: number[] };
  ratios: Ratios;
  /** Median time to build the proof of one transfer, and to verify a receipt, in milliseconds. */
  proofMs: number | null;
  verifyMs: number | null;
  /** Most memory the server's process held, in megabytes. */
  rssMb: number | null;
  /** What the ratios are made of, and on what scale: medians. Rates are per second. */
  figures: Record<string, number | null>;
};

export const nothingMeasured: Ratios = {
  uniformVsTxn: null,
  hotVsTxn: null,
  batchVsPgbench: null,
  hotVsUniform: null,
  fullVsEmpty: null,
  holdsVsPlain: null,
  logVsPlain: null,
  httpVsPgbench: null,
};

/** What is promised (`must`) and what is aimed at; the two times and the memory are better when smaller. */
const goals: readonly {
  of: keyof Ratios | "proofMs" | "verifyMs" | "rssMb";
  what: SetupText;
  unit: "×" | "ms" | "MB";
  must: number;
  aim: number;
}[] = [
  {
    of: "uniformVsTxn",
    what: {
      en: "Batches ÷ a transaction per transfer, 32 clients",
      zh: "批量提交 ÷ 逐笔事务，32 个客户端",
    },
    unit: "×",
    must: 4,
    aim: 5,
  },
  {
    of: "hotVsTxn",
    what: {
      en: "The same, 90 % of transfers on one account",
      zh: "同上，90% 的转账涉及同一热点账户",
    },
    unit: "×",
    must: 10,
    aim: 20,
  },
  {
    of: "batchVsPgbench",
    what: { en: "Batches at 1,024 clients ÷ pgbench at 32", zh: "1024 个客户端批量提交 ÷ pgbench（32）" },
    unit: "×",
    must: 3,
    aim: 4,
  },
  {
    of: "hotVsUniform",
    what: {
      en: "One hot account ÷ any account, 1,024 clients",
      zh: "热点账户 ÷ 均匀分布，1024 个客户端",
    },
    unit: "×",
    must: 0.8,
    aim: 1.2,
  },
  {
    of: "fullVsEmpty",
    what: { en: "Full ledger ÷ empty ledger", zh: "满账本 ÷ 空账本" },
    unit: "×",
    must: 0.75,
    aim: 0.9,
  },
  {
    of: "holdsVsPlain",
    what: {
      en: "Hold and capture (two postings) ÷ plain transfers",
      zh: "冻结并扣款（计两笔）÷ 普通转账",
    },
    unit: "×",
    must: 0.8,
    aim: 1,
  },
  {
    of: "logVsPlain",
    what: { en: "With the transparency log ÷ without", zh: "启用透明日志 ÷ 不启用" },
    unit: "×",
    must: 0.85,
    aim: 0.95,
  },
  {
    of: "httpVsPgbench",
    what: {
      en: "Payments over HTTP, 64 connections ÷ pgbench at 32",
      zh: "HTTP 付款（64 个连接）÷ pgbench（32）",
    },
    unit: "×",
    must: 0.4,
    aim: 1,
  },
  {
    of: "proofMs",
    what: { en: "Building the proof of one transfer", zh: "生成一笔转账的证明" },
    unit: "ms",
    must: 20,
    aim: 5,
  },
  {
    of: "verifyMs",
    what: { en: "Verifying a receipt", zh: "验证一份凭证" },
    unit: "ms",
    must: 5,
    aim: 1,
  },
  {
    of: "rssMb",
    what: { en: "Most memory of the server", zh: "服务端内存峰值" },
    unit: "MB",
    must: 400,
    aim: 250,
  },
];

/** Three significant digits are all that a benchmark knows. */
export const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(value >= 1000 ? 4 : 3));

/** The report with every figure rounded, as it is printed. */
export function roundedReport(report: BenchReport): BenchReport {
  const all = <T extends Record<string, number | null>>(values: T): T =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)])) as T;
  return {
    ...report,
    ratios: all(report.ratios),
    proofMs: rounded(report.proofMs),
    verifyMs: rounded(report.verifyMs),
    rssMb: rounded(report.rssMb),
    figures: all(report.figures),
  };
}

/** The table for the screen: what was measured, against what must be and what is aimed at. */
export function tableOf(report: BenchReport): string {
  const { machine, load } = report;
  const head = [
    inLanguage({ en: "Measured", zh: "项目" }),
    inLanguage({ en: "here", zh: "本次" }),
    inLanguage({ en: "must", zh: "底线" }),
    inLanguage({ en: "aim", zh: "目标" }),
    "",
  ];
  const rows = goals.map(({ of, what, unit, must, aim }) => {
    const value = of === "proofMs" || of === "verifyMs" || of === "rssMb" ? report[of] : report.ratios[of];
    const show = (number: number) => `${rounded(number)} ${unit}`;
    const meets = (goal: number) => value !== null && (unit === "×" ? value >= goal : value <= goal);
    return [
      inLanguage(what),
      value === null ? inLanguage({ en: "not measured", zh: "未测" }) : show(value),
      show(must),
      show(aim),
      value === null ? "–" : meets(aim) ? "✓✓" : meets(must) ? "✓" : "✗",
    ];
  });
  const figures = Object.entries(report.figures).map(([name, value]) => [
    name,
    value === null ? inLanguage({ en: "not measured", zh: "未测" }) : `${rounded(value)}`,
  ]);
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} = ${value}`);
  return [
    "",
    ...columns([head, ...rows]),
    "",
    inLanguage({
      en: "✓✓ reaches the aim, ✓ what must be, ✗ falls short. Ratios of medians, all measured in this run.",
      zh: "✓✓ 达到目标，✓ 达到底线，✗ 未达底线。均为本次运行所测中位数之比。",
    }),
    "",
    ...columns([
      [inLanguage({ en: "Medians (per second, unless named)", zh: "中位数（未注明者为每秒次数）" }), ""],
      ...figures,
    ]),
    "",
    `${machine.cpu}, ${machine.cores} × CPU, ${machine.memoryGb} GB, ${machine.system}`,
    `Node.js ${machine.node}, PostgreSQL ${machine.postgres} (${machine.database}), ${machine.pgbench ?? inLanguage({ en: "no pgbench", zh: "未安装 pgbench" })}`,
    settings.join(", "),
    `${inLanguage({ en: "Load average", zh: "系统负载" })} ${load.start.join(" ")} → ${load.end.join(" ")}`,
    "",
  ].join("\n");
}

/** Left-aligned first column, right-aligned others. Chinese characters take two places on a terminal. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const places = (text: string) => [...text].reduce((sum, char) => sum + (isWide(char) ? 2 : 1), 0);
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => places(row[column] ?? ""))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat((widths[column] ?? 0) - places(cell));
        return column === 0 ? cell + gap : gap + cell;
      })
      .join("   ")
      .trimEnd(),
  );
}

/** CJK ideographs, their punctuation and full-width forms (Unicode Standard Annex 11). */
const isWide = (char: string): boolean => /[\u3000-\u9fff\uff00-\uff60]/.test(char);
