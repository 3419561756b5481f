import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { SetupError } from "@jinqiao/server/embedded-postgres";

/** Where one installation of Jinqiao lives and listens. */
export type InstanceSettings = {
  /** Folder for everything that outlives a restart. */
  dataDir: string;
  serverPort: number;
  bankPort: number;
  /** The server's database; `undefined` means the embedded PostgreSQL. */
  databaseUrl: string | undefined;
  /** The sandbox bank's database; `undefined` means `sandbox_bank` on the same server. */
  bankDatabaseUrl: string | undefined;
};

/** Reads the settings that a person may change through the environment. @throws SetupError naming the variable */
export function readSettings(env: NodeJS.ProcessEnv = process.env): InstanceSettings {
  return {
    dataDir: dataFolder(env),
    serverPort: port(env, "JINQIAO_PORT", 7300),
    bankPort: port(env, "SANDBOX_BANK_PORT", 7310),
    databaseUrl: databaseUrl(env, "DATABASE_URL"),
    bankDatabaseUrl: databaseUrl(env, "SANDBOX_BANK_DATABASE_URL"),
  };
}

/**
 * The data folder: JINQIAO_DATA, else for root a system folder that PostgreSQL's user can reach, else the
 * person's own data folder (XDG Base Directory Specification, $XDG_DATA_HOME).
 */
function dataFolder(env: NodeJS.ProcessEnv): string {
  if (env.JINQIAO_DATA) return resolve(env.JINQIAO_DATA);
  if (process.getuid?.() === 0) return "/var/lib/jinqiao";
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jinqiao");
}

function port(env: NodeJS.ProcessEnv, name: string, usual: number): number {
  const text = env[name];
  if (text === undefined || text === "") return usual;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 65_535) return value;
  throw new SetupError({
    en: `${name} is "${text}", which is no port: set it to a number from 1 to 65535, or leave it out for ${usual}.`,
    zh: `${name} 的值“${text}”不是端口号：请设为 1 到 65535 之间的数字，或不设置以使用 ${usual}。`,
  });
}

function databaseUrl(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^postgres(ql)?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) return text;
  // The value itself is not shown: it may hold a password.
  throw new SetupError({
    en: `${name} is no PostgreSQL address: write it as postgres://user:password@host:5432/database.`,
    zh: `${name} 不是有效的 PostgreSQL 地址：请写成 postgres://用户:密码@主机:5432/数据库。`,
  });
}
