import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  ConfigError,
  type Keys,
  NoKeys,
  openKeys,
  usualRetentionYears,
  VaultError,
} from "@jinqiao/server/keys";
import { type Command, UsageError } from "../command.ts";
import { findDatabase } from "../instance/find-database.ts";
import { readSettings } from "../instance/settings.ts";
import { act, keyActions } from "../keys/act.ts";
import { createTerminal } from "../terminal.ts";

export const keys: Command = {
  name: "keys",
  summary: {
    en: "See, rotate and move the keys that seal personal data; erase a person by destroying theirs.",
    zh: "查看、轮换、迁移用于加密个人数据的密钥；销毁某人的密钥以彻底删除其数据。",
  },
  options: [
    {
      flags: "status",
      summary: {
        en: "list the keys with their age and what they still hold",
        zh: "列出各密钥的使用时间及仍由其加密的数据",
      },
    },
    {
      flags: "rotate [TABLE]",
      summary: {
        en: "make new data keys, for one table or all, and seal everything with them; the server goes on",
        zh: "为某个或全部数据表生成新的数据密钥，并重新加密数据；服务不中断",
      },
    },
    {
      flags: "rotate --master",
      summary: {
        en: "make a new key-encryption key and wrap every data key with it; data stays as it is",
        zh: "生成新的主密钥，并用它重新封装所有数据密钥；数据本身不变",
      },
    },
    {
      flags: "rewrap",
      summary: {
        en: "finish what was begun: wrap with the configured provider, seal again what older keys hold",
        zh: "完成未尽事项：用当前配置的密钥来源封装，并重新加密旧密钥的数据",
      },
    },
    {
      flags: "forget",
      summary: {
        en: "take older master keys that nothing needs out of the secrets file",
        zh: "从密钥文件中移除不再需要的旧主密钥",
      },
    },
    {
      flags: "reindex TABLE.COLUMN",
      summary: {
        en: "give the blind indexes of a column a new key; every server must be stopped",
        zh: "为某列的盲索引更换密钥；须先停止所有服务",
      },
    },
    {
      flags: "shred CUSTOMER",
      summary: {
        en: "erase a customer's personal data for good; without --yes it only says whether that is possible",
        zh: "永久删除某客户的个人数据；不加 --yes 时仅告知能否删除",
      },
    },
    {
      flags: "--retention-years N",
      summary: {
        en: `with shred: years the law keeps records of payments (default ${usualRetentionYears})`,
        zh: `与 shred 一起使用：法律要求保存支付记录的年数（默认 ${usualRetentionYears}）`,
      },
    },
    { flags: "--yes", summary: { en: "with shred: do it", zh: "与 shred 一起使用：确认执行" } },
    {
      flags: "--database-url URL",
      summary: {
        en: "the server's PostgreSQL database, instead of the one that npm start runs",
        zh: "指定服务所用的 PostgreSQL 数据库，而非 npm start 自带的",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
  ],
  environment: [
    { name: "DATABASE_URL", summary: { en: "the server's database", zh: "服务所用的数据库" } },
    { name: "JINQIAO_DATA", summary: { en: "data folder", zh: "数据目录" } },
    {
      name: "JINQIAO_SECRETS_FILE",
      summary: {
        en: "secrets file, instead of the one in the data folder",
        zh: "密钥文件，默认使用数据目录中的",
      },
    },
    {
      name: "JINQIAO_KEY_PROVIDER",
      summary: {
        en: "file, pkcs11 or transit, with the settings the server has (docs/operations.md)",
        zh: "file、pkcs11 或 transit，设置须与服务一致（见 docs/operations.md）",
      },
    },
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        "database-url": { type: "string" },
        "retention-years": { type: "string" },
        master: { type: "boolean" },
        yes: { type: "boolean" },
        json: { type: "boolean" },
      },
      strict: true,
    });
    const [name, subject, ...more] = positionals;
    const action = keyActions.find((one) => one === name);
    const takesSubject =
      action === "shred" || action === "reindex" || (action === "rotate" && !values.master);
    if (
      action === undefined ||
      more.length > 0 ||
      (subject !== undefined && !takesSubject) ||
      ((action === "shred" || action === "reindex") && subject === undefined)
    )
      throw new UsageError(
        'Say "keys status", "keys rotate [TABLE]", "keys rotate --master", "keys rewrap", "keys forget", "keys reindex TABLE.COLUMN" or "keys shred CUSTOMER".',
      );
    if (values.master && action !== "rotate") throw new UsageError("--master goes with keys rotate.");
    if ((values.yes || values["retention-years"] !== undefined) && action !== "shred")
      throw new UsageError("--yes and --retention-years go with keys shred.");

    const opened = await openedKeys(values["database-url"]);
    try {
      const asked = {
        action,
        subject,
        master: values.master ?? false,
        yes: values.yes ?? false,
        retentionYears: yearsOf(values["retention-years"]),
      };
      const { result, text, code } = await act(opened, asked, createTerminal(process.stderr));
      process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : `${text}\n`);
      return code;
    } catch (error) {
      if (error instanceof VaultError) throw new SetupError({ en: error.message, zh: error.message });
      throw error;
    } finally {
      await opened.close();
    }
  },
};

async function openedKeys(given: string | undefined): Promise<Keys> {
  const databaseUrl = await findDatabase(given);
  const ownFile = join(readSettings().dataDir, "secrets.json");
  const env = {
    ...process.env,
    JINQIAO_SECRETS_FILE: process.env.JINQIAO_SECRETS_FILE || (existsSync(ownFile) ? ownFile : ""),
  };
  try {
    return await openKeys({ databaseUrl, env });
  } catch (error) {
    if (error instanceof NoKeys)
      throw new SetupError(
        {
          en: "This database has no keys of this version: start Jinqiao on it once first.",
          zh: "该数据库中没有本版本的密钥：请先在其上启动一次金桥。",
        },
        { cause: error },
      );
    if (error instanceof ConfigError || error instanceof VaultError)
      throw new SetupError({ en: error.message, zh: error.message }, { cause: error });
    throw error;
  }
}

function yearsOf(text: string | undefined): number {
  if (text === undefined) return usualRetentionYears;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new UsageError(`--retention-years is "${text}": give a whole number from 0 to 99.`);
}
