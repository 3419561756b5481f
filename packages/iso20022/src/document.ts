import { Iso20022Error } from "./errors.ts";
import type { Extra, Finding, MessageDefinition, Source } from "./types.ts";
import { leftovers } from "./xml/element.ts";
import { type Hooks, parseXml, type ReadOptions, type XmlElement } from "./xml/parse.ts";

/** The element that a message's content stands in, and the message. */
const bodies = new Map([
  ["BkToCstmrAcctRpt", "camt.052"],
  ["BkToCstmrStmt", "camt.053"],
  ["BkToCstmrDbtCdtNtfctn", "camt.054"],
  ["CstmrCdtTrfInitn", "pain.001"],
  ["CstmrPmtStsRpt", "pain.002"],
  ["CstmrDrctDbtInitn", "pain.008"],
  ["FIToFIPmtCxlReq", "camt.056"],
  ["RsltnOfInvstgtn", "camt.029"],
  ["PmtRtr", "pacs.004"],
]);

/** The newest version of each message that was published when this was written (2026). */
const newestKnown: Record<string, number> = {
  "camt.052": 13,
  "camt.053": 13,
  "camt.054": 13,
  "pain.001": 13,
  "pain.002": 15,
  "pain.008": 12,
  "camt.056": 12,
  "camt.029": 14,
  "pacs.004": 14,
};

export type Document = { definition: MessageDefinition; body: XmlElement; findings: Finding[] };

/**
 * Streams one ISO 20022 document, bare or in an envelope of a header and the document, and checks that it is one of
 * the messages `expected`. `begun` is called when the message is known and nothing of it has been read.
 * @returns the document with what no hook has taken, and `outside`: what the envelope holds (its header)
 * @throws Iso20022Error
 */
export async function* streamDocument(
  source: Source,
  expected: readonly string[],
  closed: NonNullable<Hooks["closed"]>,
  options: ReadOptions | undefined,
  begun: (document: Document) => void = () => {},
): AsyncGenerator<void, Document & { outside: Extra[] }, undefined> {
  let document: Document | undefined;
  const opened = (element: XmlElement, parents: readonly XmlElement[]) => {
    if (document !== undefined || parents.at(-1)?.name !== "Document") return;
    document = identified(parents.at(-1) as XmlElement, element);
    const { name, identifier } = document.definition;
    if (!expected.includes(name)) {
      const list = expected.join(", ");
      const detail = { en: `${identifier}, not ${list}`, zh: `${identifier}，而不是 ${list}` };
      throw new Iso20022Error("otherMessage", detail, element);
    }
    begun(document);
  };
  const root = yield* parseXml(source, { opened, closed }, options);
  if (document === undefined) {
    const detail = {
      en: `it has no Document with a message, but ${root.name}`,
      zh: `没有含报文的 Document，只有 ${root.name}`,
    };
    throw new Iso20022Error("notIso20022", detail, root);
  }
  const outside =
    root.name === "Document" ? leftovers(root, [document.body.name]) : leftovers(root, ["Document"]);
  return { ...document, outside };
}

/** Reads a whole document; for messages of which the caller's hooks keep the parts. */
export async function readDocument(
  source: Source,
  expected: readonly string[],
  closed: NonNullable<Hooks["closed"]>,
  options: ReadOptions | undefined,
): Promise<Document & { outside: Extra[] }> {
  const reading = streamDocument(source, expected, closed, options);
  for (;;) {
    const step = await reading.next();
    if (step.done) return step.value;
  }
}

/** Which message a file holds. Reads no further than its first elements. @throws Iso20022Error */
export async function identify(source: Source): Promise<MessageDefinition> {
  let definition: MessageDefinition | undefined;
  const opened = (element: XmlElement, parents: readonly XmlElement[]) => {
    const parent = parents.at(-1);
    if (definition === undefined && parent?.name === "Document")
      definition = identified(parent, element).definition;
  };
  for await (const _ of parseXml(source, { opened })) if (definition !== undefined) return definition;
  if (definition !== undefined) return definition;
  const detail = { en: "it has no Document with a message", zh: "没有含报文的 Document" };
  throw new Iso20022Error("notIso20022", detail, { line: 1, column: 1 });
}

function identified(document: XmlElement, body: XmlElement): Document {
  const findings: Finding[] = [];
  // National variants put the name into a namespace of their own, as `http://…/de/pain.001.001.03.ch.02.xsd`.
  const [identifier, area, digits] = /([a-z]{4}\.\d{3})\.\d{3}\.(\d{2})(?!\d)/.exec(document.namespace) ?? [];
  // The first versions added their number to the element: `BkToCstmrAcctRptV01`.
  const byBody = bodies.get(body.name.replace(/V\d\d$/, ""));
  if (identifier === undefined && byBody === undefined) {
    const detail = {
      en: `the namespace is “${document.namespace}”`,
      zh: `命名空间为“${document.namespace}”`,
    };
    throw new Iso20022Error("notIso20022", detail, document);
  }
  if (
    area !== undefined &&
    bodies.get(body.name.replace(/V\d\d$/, "")) !== area &&
    [...bodies.values()].includes(area)
  ) {
    const detail = { en: `${area} cannot begin with ${body.name}`, zh: `${area} 不能以 ${body.name} 开头` };
    throw new Iso20022Error("notIso20022", detail, body);
  }
  const name = area ?? (byBody as string);
  const version = digits === undefined ? null : Number(digits);
  if (version === null)
    findings.push({
      code: "noNamespace",
      line: document.line,
      text: {
        en: `The file does not say which version of ${name} it is; it was read by its structure.`,
        zh: `文件未说明 ${name} 的版本，已按结构读取。`,
      },
    });
  const newest = newestKnown[name];
  if (version !== null && newest !== undefined && version > newest)
    findings.push({
      code: "unknownVersion",
      line: document.line,
      text: {
        en: `Version ${version} of ${name} is newer than the newest known (${newest}); what is new stands under “extra”.`,
        zh: `${name} 的版本 ${version} 比已知的最新版本（${newest}）更新，新增内容保留在“extra”中。`,
      },
    });
  return { definition: { name, version, identifier: identifier ?? name }, body, findings };
}
