import { SetupError } from "@jinqiao/server/embedded-postgres";
import { type Command, UsageError } from "./command.ts";
import { inLanguage } from "./terminal.ts";

/** In the order of the help. Each is loaded when it is called: nobody waits for what the others need. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./commands/start.ts")).start,
  reset: async () => (await import("./commands/reset.ts")).reset,
  demo: async () => (await import("./commands/demo.ts")).demo,
  bench: async () => (await import("./commands/bench.ts")).bench,
  replay: async () => (await import("./commands/replay.ts")).replay,
  receipt: async () => (await import("./commands/receipt.ts")).receipt,
  parse: async () => (await import("./commands/parse.ts")).parse,
  qr: async () => (await import("./commands/qr.ts")).qr,
  audit: async () => (await import("./commands/audit.ts")).audit,
  witness: async () => (await import("./commands/witness.ts")).witness,
  ledger: async () => (await import("./commands/ledger.ts")).ledger,
  keys: async () => (await import("./commands/keys.ts")).keys,
  certify: async () => (await import("./commands/certify.ts")).certify,
  bank: async () => (await import("./commands/bank.ts")).bank,
};

process.exitCode = await main(process.argv.slice(2));

/** Runs one command. Exit codes: 0 done, 1 failed, 2 called wrongly. */
async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(await overview());
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(
      `${inLanguage({
        en: `There is no command "${name}". The commands are: ${Object.keys(commands).join(", ")}.`,
        zh: `没有“${name}”这个命令。可用命令：${Object.keys(commands).join("、")}。`,
      })}\n`,
    );
    return 2;
  }
  const command = await load();
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof SetupError) {
      process.stderr.write(`\n${inLanguage(error.text)}\n`);
      return 1;
    }
    if (error instanceof UsageError || isParseArgsError(error)) {
      process.stderr.write(`${(error as Error).message}\n\n${helpOf(command)}`);
      return 2;
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const lines = all.map((command) => `  ${command.name.padEnd(8)} ${inLanguage(command.summary)}`);
  return `${inLanguage({
    en: "Jinqiao 金桥 joins a digital wallet to banks.\n\nUsage: npx jinqiao <command> [options]\n",
    zh: "金桥 Jinqiao：连接数字钱包与银行。\n\n用法：npx jinqiao <命令> [选项]\n",
  })}\n${lines.join("\n")}\n\n${inLanguage({
    en: "More on one command: npx jinqiao <command> --help\n",
    zh: "查看某个命令的说明：npx jinqiao <命令> --help\n",
  })}`;
}

function helpOf(command: Command): string {
  const options = [...command.options, { flags: "--help", summary: { en: "this text", zh: "显示本说明" } }];
  const rows = [
    ...options.map(({ flags, summary }) => ({ left: flags, right: inLanguage(summary) })),
    ...(command.environment ?? []).map(({ name, summary }) => ({ left: name, right: inLanguage(summary) })),
  ];
  const width = Math.max(...rows.map(({ left }) => left.length));
  const table = rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`).join("\n");
  return `${inLanguage({ en: "Usage", zh: "用法" })}: npx jinqiao ${command.name} [options]\n\n${inLanguage(command.summary)}\n\n${table}\n`;
}

function isParseArgsError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException | undefined)?.code ?? "").startsWith("ERR_PARSE_ARGS");
}
