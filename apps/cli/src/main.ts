import { SetupError } from "@jinqiao/server/embedded-postgres";
import { type Command, UsageError } from "./command.ts";
import { audit } from "./commands/audit.ts";
import { bank } from "./commands/bank.ts";
import { bench } from "./commands/bench.ts";
import { certify } from "./commands/certify.ts";
import { demo } from "./commands/demo.ts";
import { ledger } from "./commands/ledger.ts";
import { parse } from "./commands/parse.ts";
import { receipt } from "./commands/receipt.ts";
import { replay } from "./commands/replay.ts";
import { reset } from "./commands/reset.ts";
import { start } from "./commands/start.ts";
import { witness } from "./commands/witness.ts";
import { inLanguage } from "./terminal.ts";

const commands: readonly Command[] = [
  start,
  reset,
  demo,
  bench,
  replay,
  receipt,
  parse,
  audit,
  witness,
  ledger,
  certify,
  bank,
];

process.exitCode = await main(process.argv.slice(2));

/** Runs one command. Exit codes: 0 done, 1 failed, 2 called wrongly. */
async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    process.stderr.write(
      `${inLanguage({
        en: `There is no command "${name}". The commands are: ${commands.map((known) => known.name).join(", ")}.`,
        zh: `没有“${name}”这个命令。可用命令：${commands.map((known) => known.name).join("、")}。`,
      })}\n`,
    );
    return 2;
  }
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

function overview(): string {
  const lines = commands.map((command) => `  ${command.name.padEnd(8)} ${inLanguage(command.summary)}`);
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
