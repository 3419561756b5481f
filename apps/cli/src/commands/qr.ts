import { readFile, stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { formatDecimal } from "@jinqiao/money";
import {
  type ConsumerCode,
  type MerchantCode,
  problemTexts,
  QrError,
  type ReadCode,
  readCode,
} from "@jinqiao/qr";
import { type Picture, textOfPicture } from "@jinqiao/qr/image";
import { type Command, UsageError } from "../command.ts";
import { inLanguage } from "../terminal.ts";

/** Largest picture that is opened: bytes of the file, and pixels once it is unpacked. */
const limits = { bytes: 20 * 1024 * 1024, megapixels: 40 };

export const qr: Command = {
  name: "qr",
  summary: {
    en: "Say what a payment code is (qr decode TEXT|IMAGE): EMVCo codes, PayNow, PromptPay, Pix, DuitNow, UPI and others.",
    zh: "说明一个付款码的内容（qr decode 文本|图片）：EMVCo、PayNow、PromptPay、Pix、DuitNow、UPI 等。",
  },
  options: [{ flags: "--json", summary: { en: "print it as JSON alone", zh: "仅以 JSON 输出" } }],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      options: { json: { type: "boolean" } },
      allowPositionals: true,
      strict: true,
    });
    const [action, given, ...more] = positionals;
    if (action !== "decode" || given === undefined || more.length > 0)
      throw new UsageError(
        inLanguage({
          en: 'Name one text or one picture (PNG or JPEG): "qr decode TEXT|IMAGE". Put a text with spaces in quotes.',
          zh: "请给出一段文本或一张图片（PNG 或 JPEG）：“qr decode 文本|图片”。含空格的文本请加引号。",
        }),
      );
    try {
      const read = readCode(await textOf(given));
      process.stdout.write(
        values.json ? `${JSON.stringify(jsonOf(read), null, 2)}\n` : `${linesOf(read).join("\n")}\n`,
      );
      return 0;
    } catch (error) {
      if (!(error instanceof QrError)) throw error;
      const { problem, field, position, message } = error;
      process.stderr.write(
        values.json
          ? `${JSON.stringify({ error: { code: problem, field: field ?? null, position: position ?? null, detail: message, ...problemTexts[problem] } }, null, 2)}\n`
          : `${inLanguage(problemTexts[problem])}\n${message}\n`,
      );
      return 1;
    }
  },
};

/** The text itself, or what a picture of that name shows. */
async function textOf(given: string): Promise<string> {
  const file = await stat(given).catch(() => undefined);
  if (file === undefined || !file.isFile()) {
    if (/\.(png|jpe?g)$/i.test(given)) throw new QrError("not_readable", `There is no file ${given}.`);
    return given;
  }
  if (file.size > limits.bytes)
    throw new QrError("not_readable", `${given} is larger than ${limits.bytes / 1024 / 1024} MiB.`);
  return textOfPicture(await pictureOf(given, await readFile(given)));
}

async function pictureOf(name: string, bytes: Buffer): Promise<Picture> {
  try {
    if (bytes.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex"))) {
      // The size stands in the first chunk: a small file may unpack to a huge picture.
      if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > limits.megapixels * 1_000_000)
        throw new Error(`more than ${limits.megapixels} million pixels`);
      const { PNG } = await import("pngjs");
      return PNG.sync.read(bytes);
    }
    if (bytes[0] === 0xff && bytes[1] === 0xd8) {
      const { default: jpeg } = await import("jpeg-js");
      return jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: limits.megapixels });
    }
  } catch (error) {
    throw new QrError("not_readable", `${name} cannot be opened: ${(error as Error).message}.`);
  }
  throw new QrError("not_readable", `${name} is neither PNG nor JPEG.`);
}

/** Amounts as exact decimal text, as everywhere on the wire. */
function jsonOf(read: ReadCode): unknown {
  const { kind, schemes } = read;
  if (read.kind === "merchant") return { kind, schemes, ...merchantJson(read.code) };
  if (read.kind === "consumer") return { kind, schemes, ...consumerJson(read.code) };
  return { kind, schemes, address: read.address, fields: read.fields };
}

function merchantJson(code: MerchantCode) {
  const { amount, tip, ...rest } = code;
  return {
    ...rest,
    amount:
      amount === undefined ? null : { amount: formatDecimal(amount, code.currency), currency: code.currency },
    tip:
      tip?.kind === "fixed"
        ? {
            kind: tip.kind,
            amount: { amount: formatDecimal(tip.amount, code.currency), currency: code.currency },
          }
        : (tip ?? null),
  };
}

function consumerJson(code: ConsumerCode) {
  const objects = (list: ConsumerCode["common"]) =>
    list.map(({ tag, value }) => ({ tag, value: Buffer.from(value).toString("hex").toUpperCase() }));
  return {
    applications: code.applications.map((one) => ({ ...one, objects: objects(one.objects) })),
    common: objects(code.common),
  };
}

/** The code for a person: what it is first, then what it asks for. */
function linesOf(read: ReadCode): string[] {
  const schemes = read.schemes.map(({ name }) => inLanguage(name)).join(", ");
  const row = (name: { en: string; zh: string }, value: string | undefined) =>
    value === undefined || value === "" ? [] : [`${inLanguage(name)}: ${value}`];
  if (read.kind === "address")
    return [
      ...row({ en: "Payment code of", zh: "付款码类型" }, schemes),
      ...row({ en: "Address", zh: "地址" }, read.address),
      ...Object.entries(read.fields).map(([name, value]) => `  ${name} = ${value}`),
    ];
  if (read.kind === "consumer")
    return [
      inLanguage({ en: "A payer's code, to be scanned by a shop.", zh: "付款码：由商家扫描。" }),
      ...read.code.applications.flatMap(({ aid, label }) =>
        row({ en: "Application", zh: "应用" }, `${label ?? ""} ${aid}`.trim()),
      ),
    ];
  const { code } = read;
  const kind = {
    static: { en: "A shop's static code.", zh: "商家静态收款码。" },
    dynamic: { en: "A shop's code for one payment.", zh: "商家动态收款码（单笔）。" },
  }[code.initiation ?? "static"];
  const { additional = {}, translated } = code;
  return [
    inLanguage(kind),
    ...row({ en: "Schemes", zh: "支付方案" }, schemes || inLanguage({ en: "none that we know", zh: "未知" })),
    ...row({ en: "To", zh: "收款方" }, `${code.name}, ${code.city}, ${code.country}`),
    ...row(
      { en: `In ${translated?.language ?? ""}`, zh: `${translated?.language ?? ""} 名称` },
      translated && [translated.name, translated.city].filter(Boolean).join(", "),
    ),
    ...row(
      { en: "Amount", zh: "金额" },
      code.amount === undefined
        ? inLanguage({ en: `typed by the payer (${code.currency})`, zh: `由付款人输入（${code.currency}）` })
        : `${formatDecimal(code.amount, code.currency)} ${code.currency}`,
    ),
    ...row({ en: "Category (MCC)", zh: "商户类别（MCC）" }, code.category),
    ...Object.entries(additional).flatMap(([name, value]) =>
      typeof value === "string" ? [`  ${name} = ${value}`] : [],
    ),
  ];
}
