/**
 * The published NextGenPSD2 definitions (Berlin Group, vectors/berlin-group: XS2A 1.3.11, consent API 2.0 for
 * confirmation of funds, list of trusted beneficiaries 1.0.0), read as they stand and turned into validators for requests and responses. The bank checks every request with it; tests check every
 * response with it; a client's tests may use it for both.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import { load } from "js-yaml";

/** One finding: where (`header X-Request-ID`, `body /access`) and what. */
export interface Finding {
  where: string;
  message: string;
}

export interface RequestToCheck {
  method: string;
  /** The path as called, without query, for example `/v1/consents/42/status`. */
  path: string;
  query: Record<string, unknown>;
  headers: Record<string, unknown>;
  /** Parsed JSON body; `undefined` when none was sent. */
  body?: unknown;
}

export interface ResponseToCheck {
  status: number;
  headers: Record<string, unknown>;
  /** Parsed JSON, or the text of another media type; `undefined` when empty. */
  body?: unknown;
}

/** One operation of the definition. */
export interface Operation {
  /** `operationId` of the definition, for example `createConsent`. */
  id: string;
  template: string;
  method: string;
  pathParameters: Record<string, string>;
}

export interface Xs2aDefinition {
  /** The operation that a method and path name, or `undefined` where the definition has none. */
  findOperation(method: string, path: string): Operation | undefined;
  /** Whether the path exists in the definition under another method. */
  knowsPath(path: string): boolean;
  /** Findings against the definition; an empty list means that the request is valid. */
  validateRequest(request: RequestToCheck): Finding[];
  /** Findings against the definition for an answer to `method path`; an empty list means valid. */
  validateResponse(method: string, path: string, response: ResponseToCheck): Finding[];
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required: boolean;
  type: string | undefined;
  errorsOf: Check;
}

interface CompiledOperation {
  id: string;
  template: string;
  method: string;
  pattern: RegExp;
  names: string[];
  parameters: Parameter[];
  bodyRequired: boolean;
  body: Check | undefined;
  responses: Map<string, CompiledResponse>;
}

interface CompiledResponse {
  headers: { name: string; required: boolean; type: string | undefined; errorsOf: Check }[];
  /** Media type → validator; `undefined` where the media type has no JSON schema to check. */
  content: Map<string, Check | undefined>;
}

/** What a value has wrong by one schema; empty when nothing. */
type Check = (value: unknown) => ErrorObject[];

type Node = Record<string, unknown>;

const FOLDER = new URL("../../../../vectors/berlin-group/", import.meta.url);
const FILES = [
  "psd2-api_v1.3.11-2021-10-01v1.yaml",
  "psd2-confirmation-of-funds-consent-2.0-20190607.yaml",
  "psd2-trusted_beneficiaries_v1.0.0_20200519v1.yaml",
];
/** Which of the three bodies of initiatePayment belongs to which payment-service; the definition says so in words. */
const SERVICE_BODIES: Record<string, string> = {
  payments: "paymentInitiation_json",
  "periodic-payments": "periodicPaymentInitiation_json",
  "bulk-payments": "bulkPaymentInitiation_json",
};
const METHODS = ["get", "post", "put", "delete"];
const ROOT = "xs2a";

let read: Xs2aDefinition | undefined;

/**
 * The definitions as one: each path stands in one file only. They are read once per process, and each schema is
 * compiled when it is first needed. Throws when a file cannot be read.
 */
export function createXs2aDefinition(): Xs2aDefinition {
  read ??= readDefinitions();
  return read;
}

function readDefinitions(): Xs2aDefinition {
  const documents = FILES.map(
    (file) => toJsonSchema(load(readFileSync(new URL(file, FOLDER), "utf8"))) as Node,
  );
  const parts = documents.map((document) => readDefinition(completed(document, documents[0] as Node)));
  const owning = (path: string) => parts.find((part) => part.knowsPath(path)) ?? (parts[0] as Xs2aDefinition);
  return {
    findOperation: (method, path) => owning(path).findOperation(method, path),
    knowsPath: (path) => parts.some((part) => part.knowsPath(path)),
    validateRequest: (request) => owning(request.path).validateRequest(request),
    validateResponse: (method, path, response) => owning(path).validateResponse(method, path, response),
  };
}

/** The smaller definitions refer to schemas that only the framework's own file contains. */
function completed(document: Node, framework: Node): Node {
  const schemasOf = (node: Node) => (node.components as { schemas: Node }).schemas;
  const components = document.components as Node;
  const schemas = { ...schemasOf(framework), ...schemasOf(document) };
  return { ...document, components: { ...components, schemas } };
}

function readDefinition(document: Node): Xs2aDefinition {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  // ajv-formats is CommonJS: its function is the `default` of the default import under NodeNext.
  (addFormatsModule as unknown as (ajv: Ajv) => void)(ajv);
  // The definition writes `format: url` for Location. The stock check refuses localhost and relative references,
  // both of which RFC 9110 section 10.2.2 allows in Location.
  ajv.addFormat("url", (text: string) => URL.canParse(text, "http://localhost/"));
  ajv.addFormat("uri", (text: string) => URL.canParse(text));
  ajv.addSchema(document, ROOT);

  const compile = (pointer: string): Check => {
    if (at(document, pointer) === undefined) throw new Error(`no schema at ${pointer}`);
    let validate: ValidateFunction | undefined;
    return (value) => {
      // The three files hold about a thousand schemas, of which a process seldom needs a tenth.
      validate ??= ajv.getSchema(`${ROOT}#${pointer}`) as ValidateFunction;
      return validate(value) ? [] : (validate.errors ?? []);
    };
  };
  const operations = compileOperations(document, compile);
  const schemas = (document.components as { schemas?: Node } | undefined)?.schemas ?? {};
  const serviceBodies = new Map(
    Object.entries(SERVICE_BODIES)
      .filter(([, name]) => schemas[name] !== undefined)
      .map(([service, name]) => [service, compile(`/components/schemas/${name}`)]),
  );
  const match = (method: string, path: string) => {
    for (const operation of operations) {
      if (operation.method !== method.toLowerCase()) continue;
      const found = operation.pattern.exec(path);
      if (found !== null) return { operation, values: found.slice(1).map(decodeURIComponent) };
    }
    return undefined;
  };

  return {
    findOperation(method, path) {
      const found = match(method, path);
      if (found === undefined) return undefined;
      const { id, template, names } = found.operation;
      const pathParameters = Object.fromEntries(
        names.map((name, index) => [name, found.values[index] ?? ""]),
      );
      return { id, template, method: found.operation.method, pathParameters };
    },
    knowsPath: (path) => operations.some((operation) => operation.pattern.test(path)),
    validateRequest(request) {
      const found = match(request.method, request.path);
      if (found === undefined) return [{ where: "path", message: "is not in the definition" }];
      const { operation, values } = found;
      const findings: Finding[] = [];
      for (const parameter of operation.parameters) {
        const value = sentValue(parameter, request, operation.names, values);
        const where = `${parameter.in} ${parameter.name}`;
        if (value === undefined) {
          if (parameter.required) findings.push({ where, message: "is missing" });
        } else findings.push(...describe(where, parameter.errorsOf(coerce(value, parameter.type))));
      }
      const service = operation.id === "initiatePayment" ? (values[0] ?? "") : "";
      const errorsOf = serviceBodies.get(service) ?? operation.body;
      if (errorsOf !== undefined && request.body !== undefined) {
        findings.push(...describe("body", errorsOf(request.body)));
      } else if (operation.bodyRequired && request.body === undefined) {
        findings.push({ where: "body", message: "is missing" });
      }
      return findings;
    },
    validateResponse(method, path, response) {
      const found = match(method, path);
      if (found === undefined) return [{ where: "path", message: "is not in the definition" }];
      const expected = found.operation.responses.get(String(response.status));
      if (expected === undefined)
        return [{ where: "status", message: `${response.status} is not in the definition` }];
      return [...checkHeaders(expected, response), ...checkContent(expected, response)];
    },
  };
}

function checkHeaders(expected: CompiledResponse, response: ResponseToCheck): Finding[] {
  const findings: Finding[] = [];
  for (const header of expected.headers) {
    const value = response.headers[header.name.toLowerCase()];
    const where = `header ${header.name}`;
    if (value === undefined) {
      if (header.required) findings.push({ where, message: "is missing" });
    } else findings.push(...describe(where, header.errorsOf(coerce(value, header.type))));
  }
  return findings;
}

function checkContent(expected: CompiledResponse, response: ResponseToCheck): Finding[] {
  if (expected.content.size === 0) {
    // Some answers (500, 503, 204 …) are defined without content; a 204 must then really be empty.
    const mustBeEmpty = response.status === 204;
    return mustBeEmpty && response.body !== undefined ? [{ where: "body", message: "must be empty" }] : [];
  }
  const mediaType =
    String(response.headers["content-type"] ?? "")
      .split(";")[0]
      ?.trim() ?? "";
  if (!expected.content.has(mediaType)) {
    return [{ where: "header Content-Type", message: `"${mediaType}" is not in the definition` }];
  }
  return describe("body", expected.content.get(mediaType)?.(response.body) ?? []);
}

function compileOperations(document: Node, compile: (pointer: string) => Check): CompiledOperation[] {
  const operations: CompiledOperation[] = [];
  for (const [template, item] of Object.entries(document.paths as Record<string, Node>)) {
    for (const method of METHODS) {
      if (item[method] === undefined) continue;
      const base = `/paths/${escapeStep(template)}/${method}`;
      const operation = item[method] as Node;
      const names: string[] = [];
      const pattern = template.replace(/\{([^}]+)\}/g, (_, name: string) => {
        names.push(name);
        return "([^/]+)";
      });
      const body = follow(document, `${base}/requestBody`);
      const bodySchema = body && (body.node.content as Node | undefined)?.["application/json"];
      operations.push({
        id: operation.operationId as string,
        template,
        method,
        pattern: new RegExp(`^${pattern}$`),
        names,
        parameters: compileParameters(document, base, operation, compile),
        bodyRequired: body?.node.required === true,
        body: bodySchema ? compile(`${body.pointer}/content/application~1json/schema`) : undefined,
        responses: compileResponses(document, base, operation, compile),
      });
    }
  }
  // A concrete path wins over a templated one (OpenAPI 3.0.1, Paths Object).
  return operations.sort((a, b) => a.names.length - b.names.length);
}

function compileParameters(
  document: Node,
  base: string,
  operation: Node,
  compile: (pointer: string) => Check,
): Parameter[] {
  const list = (operation.parameters as unknown[] | undefined) ?? [];
  return list.map((_, index) => {
    const found = follow(document, `${base}/parameters/${index}`);
    if (found === undefined) throw new Error(`no parameter at ${base}`);
    const { node, pointer } = found;
    return {
      name: node.name as string,
      in: node.in as Parameter["in"],
      required: node.required === true,
      type: typeAt(document, `${pointer}/schema`),
      errorsOf: compile(`${pointer}/schema`),
    };
  });
}

function compileResponses(
  document: Node,
  base: string,
  operation: Node,
  compile: (pointer: string) => Check,
): Map<string, CompiledResponse> {
  const responses = new Map<string, CompiledResponse>();
  for (const status of Object.keys(operation.responses as Node)) {
    const found = follow(document, `${base}/responses/${status}`);
    if (found === undefined) continue;
    const headers = Object.keys((found.node.headers as Node | undefined) ?? {}).map((name) => {
      const header = follow(document, `${found.pointer}/headers/${escapeStep(name)}`);
      if (header === undefined) throw new Error(`no header ${name} at ${found.pointer}`);
      return {
        name,
        required: header.node.required === true,
        type: typeAt(document, `${header.pointer}/schema`),
        errorsOf: compile(`${header.pointer}/schema`),
      };
    });
    const content = new Map<string, Check | undefined>();
    for (const mediaType of Object.keys((found.node.content as Node | undefined) ?? {})) {
      const isJson = mediaType.endsWith("json");
      const pointer = `${found.pointer}/content/${escapeStep(mediaType)}/schema`;
      content.set(mediaType, isJson ? compile(pointer) : undefined);
    }
    responses.set(status, { headers, content });
  }
  return responses;
}

/** Resolves a pointer and every `$ref` it meets; answers the node and the pointer where it really stands. */
function follow(document: Node, pointer: string): { node: Node; pointer: string } | undefined {
  let here = pointer;
  for (let hops = 0; hops < 10; hops++) {
    const node = at(document, here);
    if (node === undefined) return undefined;
    if (typeof node.$ref !== "string") return { node, pointer: here };
    here = node.$ref.slice(1);
  }
  throw new Error(`reference loop at ${pointer}`);
}

function at(document: Node, pointer: string): Node | undefined {
  let node: unknown = document;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    node = (node as Node | undefined)?.[key];
  }
  return node as Node | undefined;
}

function typeAt(document: Node, pointer: string): string | undefined {
  return follow(document, pointer)?.node.type as string | undefined;
}

function escapeStep(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function sentValue(
  parameter: Parameter,
  request: RequestToCheck,
  names: string[],
  values: string[],
): unknown {
  if (parameter.in === "path") return values[names.indexOf(parameter.name)];
  if (parameter.in === "query") return request.query[parameter.name];
  return request.headers[parameter.name.toLowerCase()];
}

/** Headers and query come as text: read them as the type the definition gives, or leave them to fail. */
function coerce(value: unknown, type: string | undefined): unknown {
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (type === "integer" && typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
  return value;
}

/** OpenAPI 3.0 schemas differ from JSON Schema in a few keywords (OpenAPI 3.0.1, Schema Object). */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== "object" || node === null) return node;
  const result: Node = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "exclusiveMinimum" && typeof value === "boolean") continue;
    if (key === "example" || key === "examples") continue;
    // The definition writes oneOf where several alternatives fit the same body (one of them is often `{}`): read
    // strictly, no body of an SCA step would ever be valid. Meant is "any of these forms".
    result[key === "oneOf" ? "anyOf" : key] = toJsonSchema(value);
  }
  return result;
}

function describe(where: string, errors: readonly ErrorObject[]): Finding[] {
  return errors.map((error) => ({
    where: error.instancePath === "" ? where : `${where} ${error.instancePath}`,
    message: error.message ?? "is not valid",
  }));
}
