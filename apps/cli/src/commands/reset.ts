import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { eraseEmbeddedPostgres, folderHolder, SetupError } from "@jinqiao/server/embedded-postgres";
import type { Command } from "../command.ts";
import { launcherLock, postgresFolder } from "../instance/data-folder.ts";
import { readSettings } from "../instance/settings.ts";
import { inLanguage } from "../terminal.ts";

/** Everything a start makes in the data folder. Only these are erased: the folder may hold a person's own files. */
const ours = [
  "postgres",
  "logs",
  "cache",
  "banks.json",
  "secrets.json",
  "sandbox-bank.json",
  "launcher.lock",
];

export const reset: Command = {
  name: "reset",
  summary: {
    en: "Erase all data of this installation, so that the next start begins afresh.",
    zh: "清除本机全部数据，下次启动即为全新状态。",
  },
  options: [{ flags: "--yes", summary: { en: "do not ask", zh: "不再询问" } }],
  environment: [{ name: "JINQIAO_DATA", summary: { en: "data folder", zh: "数据目录" } }],
  run: async (args) => {
    const { values } = parseArgs({ args, options: { yes: { type: "boolean" } }, strict: true });
    const { dataDir, databaseUrl } = readSettings();
    if (databaseUrl !== undefined) {
      throw new SetupError({
        en: "DATABASE_URL is set, and a database of your own is never erased from here: drop it yourself, or unset DATABASE_URL to erase the bundled one.",
        zh: "已设置 DATABASE_URL，本命令不会清除您自己的数据库：请自行删除，或取消 DATABASE_URL 后再清除自带的数据库。",
      });
    }
    await refuseWhileRunning(dataDir);

    const found = (await readFolder(dataDir)).filter((name) => ours.includes(name));
    if (found.length === 0) {
      say({ en: `There is no data in ${dataDir}.`, zh: `${dataDir} 中没有数据。` });
      return 0;
    }
    if (!values.yes && !(await confirmed(dataDir))) {
      say({ en: "Nothing was erased.", zh: "未清除任何数据。" });
      return 1;
    }
    if (found.includes("postgres")) await eraseEmbeddedPostgres(postgresFolder(dataDir));
    for (const name of found) await rm(join(dataDir, name), { recursive: true, force: true });
    say({
      en: `Erased. The next "npm start" begins afresh.`,
      zh: "已清除。下次运行 npm start 即为全新状态。",
    });
    return 0;
  },
};

async function refuseWhileRunning(dataDir: string): Promise<void> {
  const locks = [launcherLock(dataDir), join(postgresFolder(dataDir), "lock")];
  for (const lock of locks) {
    const pid = await folderHolder(lock);
    if (pid === undefined) continue;
    throw new SetupError({
      en: `Jinqiao runs on ${dataDir} (process ${pid}): stop it with Ctrl-C first, then reset.`,
      zh: `金桥正在 ${dataDir} 上运行（进程 ${pid}）：请先用 Ctrl-C 停止，再清除数据。`,
    });
  }
}

async function readFolder(dataDir: string): Promise<string[]> {
  try {
    return await readdir(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new SetupError(
      {
        en: `The data folder ${dataDir} cannot be read (${(error as NodeJS.ErrnoException).code}): give your user the right to, or name the right folder with JINQIAO_DATA.`,
        zh: `无法读取数据目录 ${dataDir}（${(error as NodeJS.ErrnoException).code}）：请授予当前用户权限，或用 JINQIAO_DATA 指定正确的目录。`,
      },
      { cause: error },
    );
  }
}

/** Asks the person; without one at a terminal the answer is no, because erasing cannot be undone. */
async function confirmed(dataDir: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say({
      en: "This erases everything and nobody is here to ask: say so with npm run reset -- --yes",
      zh: "此操作会清除全部数据，而当前无法询问确认：请使用 npm run reset -- --yes",
    });
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question(
      inLanguage({
        en: `Erase all customers, payments and bank data in ${dataDir}? This cannot be undone. Type "yes": `,
        zh: `确定清除 ${dataDir} 中的全部客户、付款与银行数据吗？此操作无法撤销。请输入 yes：`,
      }),
    );
    return answer.trim().toLowerCase() === "yes";
  } finally {
    prompt.close();
  }
}

function say(text: { en: string; zh: string }): void {
  process.stdout.write(`${inLanguage(text)}\n`);
}
