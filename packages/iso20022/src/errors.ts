import type { Text } from "./types.ts";

export type ReadProblem =
  /** Not well-formed XML. */
  | "notWellFormed"
  /** The file ends before its last element does: a partial file. */
  | "truncated"
  /** A document type or an entity of its own; ISO 20022 files never have one, attacks do. */
  | "documentType"
  /** Nested too deep, or a name, a text or a record too long. */
  | "tooLarge"
  /** The bytes are not in the encoding that the file claims, or in one that is not read. */
  | "encoding"
  /** Well-formed, but no ISO 20022 document. */
  | "notIso20022"
  /** An ISO 20022 document, but not the message asked for. */
  | "otherMessage"
  /** An element that the message cannot do without is absent. */
  | "missing"
  /** An amount, a date or a code cannot be read exactly. */
  | "invalidValue";

/** A place in a file; both from 1, `column` in characters. */
export type Place = { line: number; column: number };

const frames: Record<ReadProblem, Text> = {
  notWellFormed: { en: "The file is not well-formed XML: %.", zh: "文件不是格式正确的 XML：%。" },
  truncated: {
    en: "The file ends early: %. It was probably cut off on the way; ask for it again.",
    zh: "文件提前结束：%。可能在传输时被截断，请重新获取。",
  },
  documentType: {
    en: "The file defines a document type or entities (%). Bank files never do, so it is refused.",
    zh: "文件定义了文档类型或实体（%）。银行文件从不如此，因此拒绝读取。",
  },
  tooLarge: { en: "The file exceeds a limit: %.", zh: "文件超出限制：%。" },
  encoding: { en: "The file's characters cannot be read: %.", zh: "无法读取文件中的字符：%。" },
  notIso20022: { en: "This is not an ISO 20022 file: %.", zh: "这不是 ISO 20022 文件：%。" },
  otherMessage: { en: "The file holds another message: %.", zh: "文件中是另一种报文：%。" },
  missing: { en: "Something is missing: %.", zh: "缺少内容：%。" },
  invalidValue: { en: "A value cannot be read: %.", zh: "有内容无法读取：%。" },
};

/** A file that cannot be read. The message is English and names the place; `text` has both languages, without it. */
export class Iso20022Error extends Error {
  readonly code: ReadProblem;
  readonly line: number;
  readonly column: number;
  readonly text: Text;
  constructor(code: ReadProblem, detail: Text, at: Place) {
    const frame = frames[code];
    const text = { en: frame.en.replace("%", () => detail.en), zh: frame.zh.replace("%", () => detail.zh) };
    super(`line ${at.line}, column ${at.column}: ${text.en}`);
    this.name = "Iso20022Error";
    this.code = code;
    this.line = at.line;
    this.column = at.column;
    this.text = text;
  }
}

/** One thing that keeps a message from being written. `path` names it as in the argument: `groups[0].transfers[2].amount`. */
export type WriteProblem = { path: string; text: Text };

/** The caller gave something that no valid message can be made of. Lists all problems, not the first only. */
export class InvalidMessageError extends Error {
  readonly problems: WriteProblem[];
  constructor(problems: WriteProblem[]) {
    super(problems.map(({ path, text }) => `${path}: ${text.en}`).join("\n"));
    this.name = "InvalidMessageError";
    this.problems = problems;
  }
}
