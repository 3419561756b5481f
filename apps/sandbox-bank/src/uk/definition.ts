/**
 * The published UK Open Banking v4.0 definitions (Open Banking Limited, vectors/uk-open-banking), read as they stand
 * and turned into validators. The bank checks every request with them; tests check every answer with them.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";

type Node = Record<string, unknown>;

interface Finding {
  where: string;
  message: string;
}

interface UkOperation {
  id: string;
  /** Path parameters by the names of the definition. */
  pathParameters: Record<string, string>;
}

export interface UkDefinition {
  findOperation(method: string, path: string): UkOperation | undefined;
  validateRequest(request: {
    method: string;
    path: string;
    query: Record<string, unknown>;
    headers: Record<string, unknown>;
    body?: unknown;
  }): Finding[];
  validateResponse(
    method: string,
    path: string,
    response: { status: number; headers: Record<string, unknown>; body?: unknown },
  ): Finding[];
}

interface Compiled {
  id: string;
  method: string;
  pattern: RegExp;
  names: string[];
  item: Node;
  document: Document;
}

interface Document {
  root: string;
  node: Node;
  base: string;
}

const FOLDER = new URL("../../../../vectors/uk-open-banking/", import.meta.url);
const FILES = ["account-info", "payment-initiation", "vrp", "confirmation-funds", "events"];

/** Reads the definitions; each schema is compiled when it is first needed. Throws when a file cannot be read. */
export function createUkDefinition(): UkDefinition {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, logger: false });
  // ajv-formats is CommonJS: its function is the `default` of the default import under NodeNext.
  (addFormatsModule as unknown as (ajv: Ajv) => void)(ajv);
  // The stock check of `uri` refuses http://localhost, where a sandbox lives.
  ajv.addFormat("uri", (text: string) => URL.canParse(text));
  const operations: Compiled[] = [];
  for (const name of FILES) {
    const node = withoutExamples(
      JSON.parse(readFileSync(new URL(`${name}-openapi.json`, FOLDER), "utf8")),
    ) as Node;
    ajv.addSchema(node, name);
    const base = ((node.servers as { url: string }[])[0] as { url: string }).url;
    const document = { root: name, node, base };
    for (const [template, item] of Object.entries(node.paths as Record<string, Record<string, Node>>)) {
      for (const method of ["get", "post", "put", "patch", "delete"]) {
        const operation = item[method];
        if (operation === undefined) continue;
        const names: string[] = [];
        const pattern = template.replace(/\{([^}]+)\}/g, (_, parameter: string) => {
          names.push(parameter);
          return "([^/]+)";
        });
        const pointer = `/paths/${escapeStep(template)}/${method}`;
        operations.push({
          id: operation.operationId as string,
          method,
          pattern: new RegExp(`^${base}${pattern}$`),
          names,
          item: { ...operation, pointer },
          document,
        });
      }
    }
  }
  // A concrete path wins over a templated one (OpenAPI 3.0, Paths Object).
  operations.sort((a, b) => a.names.length - b.names.length);

  const compiled = (document: Document, pointer: string): ValidateFunction => {
    const validate = ajv.getSchema(`${document.root}#${pointer}`);
    if (validate === undefined) throw new Error(`no schema at ${document.root}${pointer}`);
    return validate as ValidateFunction;
  };
  const match = (method: string, path: string) => {
    for (const operation of operations) {
      const found = operation.method === method.toLowerCase() ? operation.pattern.exec(path) : null;
      if (found === null) continue;
      const values = found.slice(1).map(decodeURIComponent);
      return {
        operation,
        pathParameters: Object.fromEntries(operation.names.map((name, at) => [name, values[at] ?? ""])),
      };
    }
    return undefined;
  };
  const checkHeaders = (
    document: Document,
    list: { name: string; required: boolean; pointer: string; value: unknown; where: string }[],
  ): Finding[] =>
    list.flatMap(({ required, pointer, value, where }) => {
      if (value === undefined) return required ? [{ where, message: "is missing" }] : [];
      const validate = compiled(document, `${pointer}/schema`);
      return validate(value) ? [] : describe(where, validate.errors);
    });

  return {
    findOperation(method, path) {
      const found = match(method, path);
      return found && { id: found.operation.id, pathParameters: found.pathParameters };
    },
    validateRequest(request) {
      const found = match(request.method, request.path);
      if (found === undefined) return [{ where: "path", message: "is not in the definition" }];
      const { document, item } = found.operation;
      const parameters = ((item.parameters as Node[] | undefined) ?? []).map((_, index) => {
        const { node, pointer } = follow(document.node, `${item.pointer}/parameters/${index}`);
        const name = node.name as string;
        const value =
          node.in === "path"
            ? found.pathParameters[name]
            : node.in === "query"
              ? request.query[name]
              : request.headers[name.toLowerCase()];
        return { name, required: node.required === true, pointer, value, where: `${node.in} ${name}` };
      });
      const findings = checkHeaders(document, parameters);
      if (item.requestBody === undefined) return findings;
      const body = follow(document.node, `${item.pointer}/requestBody`);
      if (request.body === undefined)
        return body.node.required === true
          ? [...findings, { where: "body", message: "is missing" }]
          : findings;
      const validate = compiled(document, jsonSchemaAt(body));
      return validate(request.body) ? findings : [...findings, ...describe("body", validate.errors)];
    },
    validateResponse(method, path, response) {
      const found = match(method, path);
      if (found === undefined) return [{ where: "path", message: "is not in the definition" }];
      const { document, item } = found.operation;
      if ((item.responses as Node)[String(response.status)] === undefined)
        return [{ where: "status", message: `${response.status} is not in the definition` }];
      const { node, pointer } = follow(document.node, `${item.pointer}/responses/${response.status}`);
      const headers = Object.keys((node.headers as Node | undefined) ?? {}).map((name) => {
        const header = follow(document.node, `${pointer}/headers/${escapeStep(name)}`);
        return {
          name,
          required: header.node.required === true,
          pointer: header.pointer,
          value: response.headers[name.toLowerCase()],
          where: `header ${name}`,
        };
      });
      const findings = checkHeaders(document, headers);
      const content = node.content as Node | undefined;
      if (content === undefined)
        return response.status === 204 && response.body !== undefined
          ? [...findings, { where: "body", message: "must be empty" }]
          : findings;
      const mediaType = String(response.headers["content-type"] ?? "")
        .split(";")[0]
        ?.trim();
      // A statement's file may be of any kind; only JSON is described by a schema.
      if (mediaType !== "application/json") return findings;
      const validate = compiled(document, jsonSchemaAt({ node, pointer }));
      return validate(response.body) ? findings : [...findings, ...describe("body", validate.errors)];
    },
  };
}

/** Where the schema of the JSON body stands; some operations name its media type with a character set only. */
function jsonSchemaAt({ node, pointer }: { node: Node; pointer: string }): string {
  const types = Object.keys((node.content as Node | undefined) ?? {});
  const type = types.find((name) => name.startsWith("application/json")) ?? "application/json";
  return `${pointer}/content/${escapeStep(type)}/schema`;
}

/** Resolves a pointer and every `$ref` it meets; answers the node and the pointer where it really stands. */
function follow(document: Node, pointer: string): { node: Node; pointer: string } {
  let here = pointer;
  for (let hops = 0; hops < 10; hops++) {
    const node = here
      .split("/")
      .slice(1)
      .reduce<unknown>(
        (at, step) => (at as Node | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")],
        document,
      ) as Node | undefined;
    if (node === undefined) throw new Error(`nothing at ${here}`);
    if (typeof node.$ref !== "string") return { node, pointer: here };
    here = node.$ref.slice(1);
  }
  throw new Error(`reference loop at ${pointer}`);
}

function withoutExamples(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutExamples);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== "example" && key !== "examples")
      .map(([key, value]) => [key, withoutExamples(value)]),
  );
}

function escapeStep(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function describe(where: string, errors: ErrorObject[] | null | undefined): Finding[] {
  return (errors ?? []).map((error) => ({
    where: error.instancePath === "" ? where : `${where} ${error.instancePath}`,
    message: error.message ?? "is not valid",
  }));
}
