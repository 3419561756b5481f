import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapiTypescript, { astToString } from "openapi-typescript";
import { z } from "zod";
import {
  CheckoutResult,
  errorCatalogue,
  errorsOf,
  eventMeanings,
  eventSchemas,
  fieldErrorCatalogue,
  Problem,
  peopleOnly,
  type Route,
  routes,
  WebhookPayload,
} from "../src/index.ts";

// Everything that is derived from the contract. `--check` compares instead of writing, for CI.
type Json = { [key: string]: unknown };
const root = fileURLToPath(new URL("../../../", import.meta.url));
const schemas: Json = {};

/** JSON Schema of a zod schema; named parts move to components so that each is written once. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const json = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" }) as Json;
  const { $schema: _dialect, $defs, ...rest } = json;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>))
    register(name, definition);
  const moved = moveRefs(rest) as Json;
  if (typeof moved.id === "string") {
    register(moved.id, rest);
    return { $ref: `#/components/schemas/${moved.id}` };
  }
  return moved;
}
function register(name: string, definition: Json): void {
  const { id: _id, ...rest } = definition;
  schemas[name] = moveRefs(rest);
}
function moveRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moveRefs);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === "$ref" && typeof inner === "string"
        ? [key, inner.replace("#/$defs/", "#/components/schemas/")]
        : [key, moveRefs(inner)],
    ),
  );
}

function parametersOf(definition: Route): Json[] {
  const one = (schema: z.ZodObject | undefined, where: string) => {
    if (!schema) return [];
    const json = schemaOf(schema, "input") as { properties?: Record<string, Json>; required?: string[] };
    return Object.entries(json.properties ?? {}).map(([name, property]) => ({
      name,
      in: where,
      required: where === "path" || (json.required ?? []).includes(name),
      schema: property,
    }));
  };
  const key = definition.idempotent
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          required: true,
          description: "8 to 128 visible ASCII characters, new for each attempt a person makes.",
          schema: { type: "string", minLength: 8, maxLength: 128 },
        },
      ]
    : [];
  return [...one(definition.params, "path"), ...one(definition.query, "query"), ...key];
}

function responsesOf(definition: Route): Json {
  const success: Json = { description: definition.summary };
  if (definition.produces === "text/event-stream")
    success.content = { "text/event-stream": { schema: { type: "string" } } };
  else if (definition.response)
    success.content = {
      "application/json": { schema: schemaOf(definition.response, "output") },
      // A file travels as bytes; OpenAPI 3.1 says so by a media type with an empty schema.
      ...Object.fromEntries((definition.mediaTypes ?? []).map((type) => [type, { schema: {} }])),
    };
  const byStatus = new Map<number, string[]>();
  for (const code of errorsOf(definition))
    byStatus.set(errorCatalogue[code].status, [...(byStatus.get(errorCatalogue[code].status) ?? []), code]);
  const problems = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\``).join(", "),
        content: { "application/problem+json": { schema: schemaOf(Problem, "output") } },
      },
    ]);
  return { [String(definition.status)]: success, ...Object.fromEntries(problems) };
}

function openApi(): Json {
  const paths: Record<string, Json> = {};
  for (const definition of routes) {
    const security = {
      public: [],
      bank: [],
      customer: [{ customerSession: [] }],
      staff: [{ staffSession: [] }],
      merchant: [{ merchantKey: [] }, { customerSession: [] }],
    }[definition.audience];
    paths[definition.path] = {
      ...paths[definition.path],
      [definition.method.toLowerCase()]: {
        operationId: definition.id,
        tags: [definition.tag],
        summary: definition.summary,
        security,
        ...(parametersOf(definition).length > 0 ? { parameters: parametersOf(definition) } : {}),
        ...(definition.body
          ? {
              requestBody: {
                required: true,
                content: { "application/json": { schema: schemaOf(definition.body, "input") } },
              },
            }
          : {}),
        ...(definition.acceptsFile
          ? {
              requestBody: {
                required: true,
                description: `The file, at most ${definition.acceptsFile.maxBytes} bytes.`,
                content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
              },
            }
          : {}),
        responses: responsesOf(definition),
      },
    };
  }
  // Travels on an address, and is read by those who build shops.
  schemaOf(CheckoutResult, "output");
  const webhooks = {
    event: {
      post: {
        summary: "What happened, to an endpoint of the shop's, signed by Standard Webhooks",
        parameters: ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => ({
          name,
          in: "header",
          required: true,
          schema: { type: "string" },
        })),
        requestBody: {
          required: true,
          content: { "application/json": { schema: schemaOf(WebhookPayload, "output") } },
        },
        responses: { "2XX": { description: "It arrived; any other answer is tried again for three days." } },
      },
    },
  };
  return {
    openapi: "3.1.0",
    info: {
      title: "Jinqiao API",
      version: "0.1.0",
      description: "Wallet, banks and console. Money is exact decimal text; problems follow RFC 9457.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    webhooks,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b))),
      securitySchemes: {
        customerSession: { type: "apiKey", in: "cookie", name: "jinqiao_session" },
        staffSession: { type: "apiKey", in: "cookie", name: "jinqiao_staff" },
        merchantKey: {
          type: "http",
          scheme: "bearer",
          description: "A secret key: `sk_test_…` or `sk_live_…`.",
        },
      },
    },
  };
}

function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, e]) =>
      `| \`${code}\` | ${e.status} | ${e.retryable ? "yes" : "no"} | ${e.en} | ${e.zh} | ${e.staff} |`,
  );
  const fields = Object.entries(fieldErrorCatalogue).map(
    ([code, e]) => `| \`${code}\` | ${e.en} | ${e.zh} |`,
  );
  return `<!-- Generated from packages/contract by \`npm run generate\`. -->\n# Errors\n\n| Code | Status | Retry may help | English | 中文 | For staff |\n|---|---|---|---|---|---|\n${rows.join("\n")}\n\n## Fields of \`request.invalid\`\n\n| Code | English | 中文 |\n|---|---|---|\n${fields.join("\n")}\n`;
}
function eventsPage(): string {
  const parts = Object.entries(eventSchemas).map(
    ([name, schema]) =>
      `## \`${name}\`\n\n${eventMeanings[name as keyof typeof eventMeanings]}\n\n| Field | Type |\n|---|---|\n${Object.entries(
        (z.toJSONSchema(schema) as { properties: Record<string, Json> }).properties,
      )
        .map(
          ([field, property]) =>
            `| \`${field}\` | ${property.enum ? (property.enum as string[]).join(", ") : property.type} |`,
        )
        .join("\n")}\n`,
  );
  return `<!-- Generated from packages/contract by \`npm run generate\`. -->\n# Events\n\n${parts.join("\n")}`;
}

/** What the SDK has to know of each operation that a key may call, when types are gone. */
function sdkOperations(): string {
  const rows = routes
    .filter(
      ({ audience, scope }) => audience === "merchant" && scope !== undefined && !peopleOnly.includes(scope),
    )
    .map(
      ({ id, method, path, idempotent }) =>
        `  ${id}: { method: "${method}", path: "${path}", idempotent: ${idempotent === true} },`,
    )
    .sort();
  return `// Generated from packages/contract by \`npm run generate\`.\n\n/** Every operation of the merchants' API. \`idempotent\`: takes an Idempotency-Key, so that it is safe to send again. */\nexport const operations = {\n${rows.join("\n")}\n} as const;\n`;
}

const document = openApi();
const types = astToString(await openapiTypescript(document as never, { alphabetize: true }));
const outputs: [string, string][] = [
  ["docs/generated/openapi.json", `${JSON.stringify(document, null, 2)}\n`],
  ["docs/generated/ERRORS.md", errorsPage()],
  ["docs/generated/EVENTS.md", eventsPage()],
  ["packages/sdk/src/generated/operations.ts", sdkOperations()],
  [
    "packages/contract/src/generated/api.d.ts",
    `// Generated from packages/contract by \`npm run generate\`.\n${types}`,
  ],
];
let stale = 0;
for (const [path, content] of outputs) {
  const file = root + path;
  const before = await readFile(file, "utf8").catch(() => "");
  if (before === content) continue;
  stale += 1;
  if (process.argv.includes("--check"))
    console.error(`${path} differs from the contract: run npm run generate`);
  else {
    await mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await writeFile(file, content);
    console.log(`wrote ${path}`);
  }
}
if (stale > 0 && process.argv.includes("--check")) process.exit(1);
