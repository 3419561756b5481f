import { open } from "node:fs/promises";
import { parseArgs } from "node:util";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import {
  maxReceiptLength,
  parseCheckpoint,
  parseVerifierKey,
  problemTexts,
  type Refusal,
  TransparencyError,
  type Trust,
  type VerifierKey,
  verifyNewer,
  verifyReceipt,
} from "@jinqiao/transparency";
import { type Command, UsageError } from "../command.ts";
import { fetchKeys, fetchNewer } from "../receipt/remote-log.ts";
import { refusalJson, refusalText, resultJson, resultText } from "../receipt/words.ts";
import { inLanguage } from "../terminal.ts";

export const receipt: Command = {
  name: "receipt",
  summary: {
    en: "Verify a receipt (receipt verify FILE) without trusting the server: that its transfer stands in the signed log.",
    zh: "不依赖服务器核验凭证（receipt verify FILE）：确认该笔交易确实记在已签署的日志中。",
  },
  options: [
    {
      flags: "--key VKEY",
      summary: {
        en: "the log's verifier key (name+id+base64); may be given several times",
        zh: "日志的验证密钥（名称+编号+base64），可多次给出",
      },
    },
    {
      flags: "--key-from URL",
      summary: {
        en: "ask this server for the key (/log/key); then the server is trusted for it",
        zh: "向该服务器索取密钥（/log/key）；此时需信任该服务器",
      },
    },
    {
      flags: "--witness VKEY",
      summary: {
        en: "a witness that must have cosigned; may be given several times",
        zh: "必须已联署的见证人密钥，可多次给出",
      },
    },
    {
      flags: "--log URL",
      summary: {
        en: "also check that the log at URL still continues what it signed for this receipt",
        zh: "并核对该地址的日志是否仍延续它为这份凭证签署的内容",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
  ],
  environment: [
    {
      name: "JINQIAO_LOG_KEY",
      summary: { en: "the log's verifier key, instead of --key", zh: "日志的验证密钥，代替 --key" },
    },
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      options: {
        key: { type: "string", multiple: true },
        "key-from": { type: "string" },
        witness: { type: "string", multiple: true },
        log: { type: "string" },
        json: { type: "boolean" },
      },
      allowPositionals: true,
      strict: true,
    });
    const [action, file, ...more] = positionals;
    if (action !== "verify" || file === undefined || more.length > 0) {
      throw new UsageError('Name one receipt: "receipt verify FILE", or "-" to read it from standard input.');
    }
    const keyFrom = values["key-from"];
    if (values.key !== undefined && keyFrom !== undefined) {
      throw new UsageError("Give the key with --key or ask for it with --key-from, not both.");
    }
    const witnesses = readKeys(values.witness ?? [], "--witness");
    const given =
      values.key !== undefined
        ? readKeys(values.key, "--key")
        : keyFrom === undefined
          ? readKeys(keysInEnvironment(), "JINQIAO_LOG_KEY")
          : undefined;
    if (given?.length === 0) {
      throw new UsageError(
        inLanguage({
          en: "Which key must have signed? Give the log's key with --key, or ask a server that you trust with --key-from.",
          zh: "应由哪个密钥签署？请用 --key 给出日志密钥，或用 --key-from 向您信任的服务器索取。",
        }),
      );
    }

    const text = await readReceipt(file);
    const trust = await trustIn(given, keyFrom, witnesses);
    return verify(text, trust, { keyFrom, logAt: values.log, json: values.json });
  },
};

async function verify(
  text: string | undefined,
  trust: Trust,
  options: { keyFrom: string | undefined; logAt: string | undefined; json: boolean | undefined },
): Promise<number> {
  const refuse = (refusal: Refusal): number => {
    say(options.json ? JSON.stringify(refusalJson(refusal), null, 2) : inLanguage(refusalText(refusal)));
    return 1;
  };
  // Bytes that are no text are no JSON either.
  if (text === undefined) return refuse({ ok: false, problem: "receipt_not_json", detail: "file" });
  const verdict = await verifyReceipt(text, trust);
  if (!verdict.ok) return refuse(verdict);

  let newer: { size: bigint } | undefined;
  if (options.logAt !== undefined) {
    const { size } = parseCheckpoint(verdict.receipt.checkpoint);
    const continued = await verifyNewer(verdict.receipt, await fetchNewer(options.logAt, size), trust);
    if (!continued.ok) return refuse(continued);
    newer = continued;
  }
  const basis = { keyFrom: options.keyFrom, newer };
  say(
    options.json
      ? JSON.stringify(resultJson(verdict.facts, basis), null, 2)
      : inLanguage(resultText(verdict.facts, basis)),
  );
  return 0;
}

/** The witnesses that were named must have signed; those that a server names are told where they have. */
async function trustIn(
  given: VerifierKey[] | undefined,
  keyFrom: string | undefined,
  named: VerifierKey[],
): Promise<Trust> {
  const witnessesNeeded = new Set(named.map(({ name }) => name)).size;
  if (given !== undefined) return { log: given, witnesses: named, witnessesNeeded };
  const { log, witnesses } = await fetchKeys(keyFrom ?? "");
  return { log, witnesses: witnessesNeeded > 0 ? named : witnesses, witnessesNeeded };
}

const keysInEnvironment = (): string[] =>
  (process.env.JINQIAO_LOG_KEY ?? "").split(/\s+/).filter((key) => key !== "");

function readKeys(texts: readonly string[], where: string): VerifierKey[] {
  return texts.map((text) => {
    try {
      return parseVerifierKey(text);
    } catch (error) {
      if (!(error instanceof TransparencyError)) throw error;
      throw new UsageError(`${where}: ${inLanguage(problemTexts.key_malformed)}`);
    }
  });
}

/** The file's text, or undefined when it is none. What is too long for a receipt is read no further. */
async function readReceipt(path: string): Promise<string | undefined> {
  const bytes = path === "-" ? await readAll(process.stdin) : await readFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      return await readAll(file.createReadStream({ autoClose: false }));
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SetupError(
      {
        en: `The file ${path} cannot be read (${code}): name the receipt as you downloaded it.`,
        zh: `无法读取文件 ${path}（${code}）：请指定下载的凭证文件。`,
      },
      { cause: error },
    );
  }
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    // One unit of text has at most three bytes, so nothing that could be a receipt is cut short.
    if (length > 3 * maxReceiptLength) break;
  }
  return Buffer.concat(parts);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
