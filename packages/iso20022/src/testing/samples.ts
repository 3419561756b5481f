import { existsSync, globSync, readFileSync } from "node:fs";
import { validateXML } from "xmllint-wasm";

/** Files copied into the repository, `vectors/iso20022`. */
export function vector(path: string): Buffer {
  return readFileSync(new URL(`../../../../vectors/iso20022/${path}`, import.meta.url));
}

/** Names of files in `vectors/iso20022` that match a pattern. */
export function vectors(pattern: string): string[] {
  return globSync(pattern, { cwd: new URL("../../../../vectors/iso20022/", import.meta.url) }).sort();
}

/** The larger collection of published samples, where it lies beside the repository (see DATA.md there). */
const folder = new URL("../../../../../shared/standards/iso20022/", import.meta.url);
export const published = existsSync(folder)
  ? {
      /** Messages; the code sets and the results that genkgo/camt publishes beside its messages are none. */
      files: () =>
        globSync("**/*.{xml,json}", { cwd: folder })
          .filter((path) => !/^external-code-sets\/|^genkgo-camt\/.*\.json$/.test(path))
          .sort(),
      schemas: (definition: string) => globSync(`**/${definition}.xsd`, { cwd: folder }),
      read: (path: string) => readFileSync(new URL(path, folder)),
      codes: (path: string): string[] =>
        Object.keys(JSON.parse(readFileSync(new URL(path, folder), "utf8")).codes),
    }
  : undefined;

/** A published schema, from the repository or from beside it. */
export function schema(definition: string): Buffer | undefined {
  const own = vectors(`${definition}.xsd`);
  if (own[0] !== undefined) return vector(own[0]);
  const [other] = published?.schemas(definition) ?? [];
  return other === undefined ? undefined : published?.read(other);
}

/** What xmllint says against the published schema, with the document; nothing when all are valid. */
export async function schemaErrors(documents: string | string[], definition: string): Promise<string[]> {
  const list = typeof documents === "string" ? [documents] : documents;
  const result = await validateXML({
    xml: list.map((contents, index) => ({ fileName: `${index}.xml`, contents })),
    schema: [schema(definition)?.toString() ?? ""],
  });
  return result.errors.map(({ message, loc }) => {
    const index = Number(loc?.fileName.replace(".xml", ""));
    return `${message}\n${list[index] ?? ""}`;
  });
}
