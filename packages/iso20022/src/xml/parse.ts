import { type SaxesAttributeNS, SaxesParser } from "saxes";
import { Iso20022Error, type ReadProblem } from "../errors.ts";
import type { Source, Text } from "../types.ts";
import { decode } from "./decode.ts";

/** An element with all that it holds, less what a hook has taken away. */
export type XmlElement = {
  /** Local name; an element of another namespace than its document's is `{namespace}name`, so that nobody mistakes it. */
  name: string;
  namespace: string;
  attributes: Record<string, string>;
  text: string;
  children: XmlElement[];
  /** Where its start tag ends. */
  line: number;
  column: number;
  /** Its text has found a place in a record; the others go to `extra`. */
  taken: boolean;
};

export type ReadOptions = {
  /** Longest file in characters; default 4 × 2^30. */
  maxLength?: number;
  /** Most elements of one record (an entry without its transactions, a transaction); default 200,000. */
  maxElements?: number;
};

export type Hooks = {
  /** An element has begun. `parents` are outermost first. */
  opened?: (element: XmlElement, parents: readonly XmlElement[]) => void;
  /** Keyed `Parent/Child`: that child is complete; it is handed over and then forgotten. */
  closed?: Record<string, (element: XmlElement, parents: readonly XmlElement[]) => void>;
};

/** The deepest ISO 20022 messages have some twenty levels. */
const MAX_DEPTH = 64;
const MAX_NAME = 200;
const MAX_ATTRIBUTES = 32;
/** Characters that may pass without a tag, a text or a comment ending. */
const MAX_RUN = 1_048_576;

/**
 * Reads XML as it comes: each `yield` is a chance for the caller to hand on what its hooks have gathered, so that
 * memory stays bounded by one piece of the file. Returns the root with everything no hook has taken.
 *
 * Well-formedness is saxes' (XML 1.0 with namespaces). A document type is refused, so there are no entities but XML's
 * own five; depth, names, attributes and the size of records are limited.
 * @throws Iso20022Error
 */
export async function* parseXml(
  source: Source,
  hooks: Hooks,
  options: ReadOptions = {},
): AsyncGenerator<void, XmlElement, undefined> {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const maxElements = options.maxElements ?? 200_000;
  const maxLength = options.maxLength ?? 4 * 2 ** 30;
  const closed = hooks.closed ?? {};
  // Most elements are nobody's: their names are told apart before a key is put together.
  const awaited = new Set(Object.keys(closed).map((key) => key.slice(key.indexOf("/") + 1)));
  const stack: XmlElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;
  let length = 0;
  let run = 0;

  const refuse = (code: ReadProblem, detail: Text): never => {
    throw new Iso20022Error(code, detail, { line: parser.line, column: parser.columnIndex + 1 });
  };

  parser.on("error", (error) => {
    const detail = error.message.replace(/^\d+:\d+:\s*/, "").replace(/\.$/, "");
    refuse("notWellFormed", { en: detail, zh: `解析器报告“${detail}”` });
  });
  parser.on("doctype", () => refuse("documentType", { en: "a DOCTYPE", zh: "DOCTYPE" }));
  parser.on("opentagstart", (tag) => {
    run = 0;
    attributes = 0;
    if (stack.length >= MAX_DEPTH)
      refuse("tooLarge", { en: `more than ${MAX_DEPTH} levels`, zh: `嵌套超过 ${MAX_DEPTH} 层` });
    if (tag.name.length > MAX_NAME)
      refuse("tooLarge", {
        en: `a name of more than ${MAX_NAME} characters`,
        zh: `名称超过 ${MAX_NAME} 个字符`,
      });
  });
  parser.on("attribute", () => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES)
      refuse("tooLarge", {
        en: `more than ${MAX_ATTRIBUTES} attributes`,
        zh: `属性超过 ${MAX_ATTRIBUTES} 个`,
      });
  });
  parser.on("opentag", (tag) => {
    run = 0;
    elements += 1;
    if (elements > maxElements)
      refuse("tooLarge", {
        en: `a record of more than ${maxElements} elements`,
        zh: `一条记录超过 ${maxElements} 个元素`,
      });
    const parent = stack.at(-1);
    const isForeign = parent !== undefined && parent.name !== "" && tag.uri !== parent.namespace;
    const element: XmlElement = {
      // A wrapper (a business message envelope) and the document in it have namespaces of their own.
      name: isForeign && isInDocument(stack) ? `{${tag.uri}}${tag.local}` : tag.local,
      namespace: tag.uri,
      attributes: plain(tag.attributes),
      text: "",
      children: [],
      line: parser.line,
      column: parser.columnIndex,
      taken: false,
    };
    if (parent === undefined) root = element;
    else parent.children.push(element);
    hooks.opened?.(element, stack);
    stack.push(element);
  });
  const addText = (text: string) => {
    run = 0;
    const element = stack.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("comment", () => {
    run = 0;
  });
  parser.on("processinginstruction", () => {
    run = 0;
  });
  parser.on("closetag", () => {
    run = 0;
    const element = stack.pop() as XmlElement;
    const parent = stack.at(-1);
    if (parent === undefined || !awaited.has(element.name)) return;
    const hook = closed[`${parent.name}/${element.name}`];
    if (hook === undefined) return;
    hook(element, stack);
    parent.children.pop();
    // What it held has found its place; an empty shell is no leftover.
    parent.taken = true;
    elements -= sizeOf(element);
  });

  for await (const piece of decode(source)) {
    length += piece.length;
    run += piece.length;
    if (length > maxLength)
      refuse("tooLarge", { en: `more than ${maxLength} characters`, zh: `超过 ${maxLength} 个字符` });
    if (run > MAX_RUN + piece.length)
      refuse("tooLarge", {
        en: `a name, a text or a comment of more than ${MAX_RUN} characters`,
        zh: `有名称、文本或注释超过 ${MAX_RUN} 个字符`,
      });
    parser.write(piece);
    yield;
  }
  const place = { line: parser.line, column: parser.columnIndex + 1 };
  const open = stack.at(-1)?.name;
  if (length === 0) throw new Iso20022Error("truncated", { en: "it is empty", zh: "文件为空" }, place);
  if (open !== undefined)
    throw new Iso20022Error("truncated", { en: `inside ${open}`, zh: `在 ${open} 之内` }, place);
  if (root === undefined) {
    const detail = { en: "before its first element", zh: "在第一个元素之前" };
    throw new Iso20022Error("truncated", detail, place);
  }
  parser.close();
  return root;
}

function isInDocument(stack: readonly XmlElement[]): boolean {
  return stack.some((element) => element.name === "Document");
}

function sizeOf(element: XmlElement): number {
  return element.children.reduce((sum, child) => sum + sizeOf(child), 1);
}

/** Attributes by local name, without namespace declarations and hints for validators. */
function plain(attributes: Record<string, SaxesAttributeNS>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key in attributes) {
    const { prefix, local, value, name } = attributes[key] as SaxesAttributeNS;
    if (name === "xmlns" || prefix === "xmlns" || (prefix === "xsi" && local === "schemaLocation")) continue;
    result[local] = value;
  }
  return result;
}
