import { parseArgs } from "node:util";
import { demoLogins } from "@jinqiao/server/demo-logins";
import type { Command } from "../command.ts";
import { type Instance, startInstance } from "../instance/instance.ts";
import { sandboxBanks } from "../instance/sandbox-banks/index.ts";
import { readSettings } from "../instance/settings.ts";
import { createTerminal } from "../terminal.ts";

/** Currencies of the demo people's accounts, so that each of them can be topped up from. */

export const start: Command = {
  name: "start",
  summary: {
    en: "Start everything: PostgreSQL, the sandbox bank, the wallet and the console.",
    zh: "启动全部组件：PostgreSQL、沙盒银行、钱包与控制台。",
  },
  options: [],
  environment: [
    { name: "JINQIAO_DATA", summary: { en: "data folder", zh: "数据目录" } },
    {
      name: "JINQIAO_PORT",
      summary: { en: "port of wallet, console and API (7300)", zh: "钱包、控制台与接口的端口（7300）" },
    },
    {
      name: "SANDBOX_BANK_PORT",
      summary: { en: "port of the sandbox bank (7310)", zh: "沙盒银行的端口（7310）" },
    },
    {
      name: "DATABASE_URL",
      summary: {
        en: "your own PostgreSQL instead of the bundled one",
        zh: "用您自己的 PostgreSQL 代替自带的",
      },
    },
    {
      name: "SANDBOX_BANK_DATABASE_URL",
      summary: {
        en: "the bank's database (sandbox_bank on the same server)",
        zh: "银行的数据库（默认同一服务器上的 sandbox_bank）",
      },
    },
  ],
  run: async (args) => {
    parseArgs({ args, options: {}, strict: true });
    const terminal = createTerminal();
    const settings = readSettings();
    terminal.line({ en: "\n金桥 Jinqiao is starting", zh: "\n金桥 Jinqiao 正在启动" });

    const asked = new AbortController();
    const heed = () => asked.abort();
    for (const signal of stopSignals) process.on(signal, heed);
    const unwatch = whenNpmEnds(heed);
    try {
      const instance = await startInstance({
        ...settings,
        terminal,
        signal: asked.signal,
        pages: true,
        bankSeed: "demo",
        serverSeed: "demo",
        banks: sandboxBanks,
      });
      try {
        terminal.line(summary(instance, settings.dataDir));
        const failure = await Promise.race([aborted(asked.signal), instance.failed]);
        if (failure) throw failure;
        terminal.line({ en: "\nStopping …", zh: "\n正在停止……" });
      } finally {
        await instance.stop();
      }
    } catch (error) {
      if (!asked.signal.aborted) throw error;
    } finally {
      unwatch();
      for (const signal of stopSignals) process.off(signal, heed);
    }
    terminal.line({ en: "Stopped. Your data is kept.", zh: "已停止，数据已保留。" });
    return 0;
  },
};

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * npm runs us through a shell that does not pass SIGTERM on: `kill` of npm would leave everything running. So when
 * npm started us, its end is ours.
 */
function whenNpmEnds(stop: () => void): () => void {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 500).unref();
  return () => clearInterval(timer);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((done) => {
    if (signal.aborted) done(undefined);
    else signal.addEventListener("abort", () => done(undefined), { once: true });
  });
}

function summary(instance: Instance, dataDir: string): { en: string; zh: string } {
  const { url } = instance;
  const bankLines = (language: "en" | "zh", width: number) =>
    instance.banks
      .map((bank) => `  ${" ".repeat(width)}${bank.home}  ${bank.name[language]}`)
      .join("\n")
      .trimStart();
  const customers = demoLogins.customers.map(({ email }) => email).join(", ");
  const staff = demoLogins.staff.map(({ email }) => email).join(", ");
  return {
    en: `
金桥 Jinqiao is ready

  Wallet         ${url}/
                 sign in as ${customers}
  Bank console   ${url}/console/
                 sign in as ${staff}
  Password       ${demoLogins.password} (all of them)
  Sandbox banks  ${bankLines("en", 15)}
                 their logins, cards and codes stand on these pages
  Messages       ${url}/development/outbox
                 e-mails and codes of this demo; nothing is sent

  Your data      ${dataDir}
  Stop           Ctrl-C
  Start afresh   npm run reset
`,
    zh: `
金桥 Jinqiao 已就绪

  钱包         ${url}/
               登录账号 ${customers}
  银行控制台   ${url}/console/
               登录账号 ${staff}
  密码         ${demoLogins.password}（以上账号通用）
  沙盒银行     ${bankLines("zh", 13)}
               登录账号、银行卡与验证码见上述页面
  消息         ${url}/development/outbox
               演示系统的邮件与验证码；不会真正发出

  数据目录     ${dataDir}
  停止         Ctrl-C
  清空重来     npm run reset
`,
  };
}
