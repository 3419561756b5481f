/** The published ISO 20022 schemas against which every file that comes in is checked. */
import { readFile } from "node:fs/promises";
import { validateXML } from "xmllint-wasm";

const FOLDER = new URL("../../../../vectors/iso20022/", import.meta.url);

/** Messages that this bank takes in, by their namespace's last part. */
export const TAKEN_IN = [
  "pain.001.001.03",
  "pain.001.001.09",
  "pain.008.001.08",
  "pain.011.001.08",
  "camt.056.001.08",
] as const;
export type TakenIn = (typeof TAKEN_IN)[number];

const kept = new Map<string, Promise<string>>();

/** The message's name by its namespace, or `undefined` when this bank does not take it. */
export function messageNameOf(xml: string): TakenIn | undefined {
  const named = /xmlns(?::\w+)?\s*=\s*["']urn:iso:std:iso:20022:tech:xsd:([\w.]+)["']/.exec(xml)?.[1];
  return TAKEN_IN.find((name) => name === named);
}

/** What the published schema says against the file, or `undefined` when it is valid. */
export async function schemaFault(name: string, xml: string): Promise<string | undefined> {
  // Checked before any parser sees it: a message never defines entities.
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return "The file defines a document type, which messages never do.";
  let schema = kept.get(name);
  if (schema === undefined) {
    schema = readFile(new URL(`${name}.xsd`, FOLDER), "utf8");
    kept.set(name, schema);
  }
  const { valid, errors } = await validateXML({
    xml: [{ fileName: "file.xml", contents: xml }],
    schema: [{ fileName: `${name}.xsd`, contents: await schema }],
  });
  return valid ? undefined : (errors[0]?.message ?? "The file is not valid against its schema.");
}
