import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  formatVerifierKey,
  parseVerifierKey,
  TransparencyError,
  type VerifierKey,
} from "@jinqiao/transparency";
import { type Command, UsageError } from "../command.ts";
import { readSettings } from "../instance/settings.ts";
import { inLanguage } from "../terminal.ts";
import { openWitness } from "../witness/witness.ts";
import { serveWitness } from "../witness/witness-server.ts";

const usualPort = 7320;
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const witness: Command = {
  name: "witness",
  summary: {
    en: "Watch somebody's transparency log: cosign its checkpoints as long as it only grows. Run it on a machine of your own.",
    zh: "见证他人的透明日志：只要日志只增不改，便联署其检查点。请在您自己的机器上运行。",
  },
  options: [
    {
      flags: "--log VKEY",
      summary: {
        en: "verifier key of a log to watch (from its /log/key); may be given several times",
        zh: "所见证日志的验证密钥（取自其 /log/key），可多次给出",
      },
    },
    {
      flags: "--name NAME",
      summary: { en: "the witness's name; this machine's when absent", zh: "见证人名称，默认为本机名称" },
    },
    {
      flags: "--data DIR",
      summary: {
        en: "folder for its key and what it has seen; never lose or copy it. Usually witness in the data folder",
        zh: "存放其密钥与所见内容的目录，切勿丢失或复制；默认为数据目录下的 witness",
      },
    },
    {
      flags: "--host HOST, --port PORT",
      summary: {
        en: `where it listens; 127.0.0.1 and ${usualPort}`,
        zh: `监听地址，默认 127.0.0.1 和 ${usualPort}`,
      },
    },
  ],
  environment: [{ name: "JINQIAO_DATA", summary: { en: "data folder", zh: "数据目录" } }],
  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: {
        log: { type: "string", multiple: true },
        name: { type: "string" },
        data: { type: "string" },
        host: { type: "string" },
        port: { type: "string" },
      },
      strict: true,
    });
    const logs = (values.log ?? []).map(readKey);
    if (logs.length === 0)
      throw new UsageError(
        inLanguage({
          en: "Which log? Give its verifier key with --log, as its /log/key shows it.",
          zh: "见证哪个日志？请用 --log 给出其 /log/key 显示的验证密钥。",
        }),
      );
    const port = readPort(values.port);
    const name = values.name ?? `${hostname()}/witness`;
    if (!/^[^\s+]{1,255}$/.test(name))
      throw new UsageError(
        inLanguage({
          en: `--name is "${name}": give a name without spaces and plus signs, for example witness.example/w1.`,
          zh: `--name 的值“${name}”无效：名称不能含空格和加号，例如 witness.example/w1。`,
        }),
      );
    const folder = resolve(values.data ?? join(readSettings().dataDir, "witness"));
    const opened = await openWitness({ folder, name, logs }).catch((error: unknown) => {
      throw unusable(folder, error);
    });
    const served = await serveWitness(opened, { host: values.host ?? "127.0.0.1", port }).catch(
      (error: NodeJS.ErrnoException) => {
        throw error.code === "EADDRINUSE" ? portTaken(port, error) : error;
      },
    );
    const key = formatVerifierKey(opened.key);
    const entry = JSON.stringify([{ key, url: served.url }]);
    process.stdout.write(
      `${inLanguage({
        en: `The witness listens at ${served.url} and watches ${logs.map((log) => log.name).join(", ")}.\nIts key, for those who verify receipts:\n  ${key}\nFor the server of the log:\n  JINQIAO_LOG_WITNESSES='${entry}'\nStop it with Ctrl-C.`,
        zh: `见证人已在 ${served.url} 监听，见证 ${logs.map((log) => log.name).join("、")}。\n其密钥（供核验凭证者使用）：\n  ${key}\n日志服务端的设置：\n  JINQIAO_LOG_WITNESSES='${entry}'\n按 Ctrl-C 停止。`,
      })}\n`,
    );
    await new Promise<void>((stop) => {
      for (const signal of stopSignals) process.once(signal, () => stop());
    });
    await served.close();
    return 0;
  },
};

function readKey(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    if (!(error instanceof TransparencyError)) throw error;
    throw new UsageError(
      inLanguage({
        en: "--log is no verifier key: give it as the log's /log/key shows it, name+id+base64.",
        zh: "--log 不是有效的验证密钥：请按日志的 /log/key 所示填写（名称+编号+base64）。",
      }),
    );
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined) return usualPort;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(
    inLanguage({
      en: `--port is "${text}": give a number from 0 to 65535.`,
      zh: `--port 的值“${text}”不是端口号：请填写 0 到 65535 之间的数字。`,
    }),
  );
}

function portTaken(port: number, cause: unknown): SetupError {
  return new SetupError(
    {
      en: `Port ${port} is in use: stop the other program, or choose another port with --port.`,
      zh: `端口 ${port} 已被占用：请停止占用它的程序，或用 --port 指定其他端口。`,
    },
    { cause },
  );
}

function unusable(folder: string, error: unknown): SetupError {
  const why = error instanceof Error ? error.message : String(error);
  return new SetupError(
    {
      en: `The folder ${folder} cannot be used by this witness: ${why}`,
      zh: `该见证人无法使用目录 ${folder}：${why}`,
    },
    { cause: error },
  );
}
