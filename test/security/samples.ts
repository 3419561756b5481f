import type { Route } from "@jinqiao/contract";
import fc from "fast-check";
import { z } from "zod";

// Requests that the contract allows, made from its own schemas, for tests that try every route.

type Json = { [key: string]: unknown };
export type Part = "params" | "query" | "body";
export type SampleRequest = { params: Json; query: Json; body: unknown };
/** Where a text stands in a request. */
export type Leaf = { part: Part; path: readonly (string | number)[] };

/**
 * Requests of the route with every field filled in, as far as the schemas alone tell how: one for each form that its
 * body may take.
 */
export function samplesOf(route: Route): SampleRequest[] {
  const [params] = samplesOfSchema(route.params);
  const [query] = samplesOfSchema(route.query);
  return samplesOfSchema(route.body).map((body) => ({
    params: (params ?? {}) as Json,
    query: (query ?? {}) as Json,
    body,
  }));
}

/** Every text of a request, with the parameters of its address. */
export function textsOf(request: SampleRequest): Leaf[] {
  return (["params", "query", "body"] as const).flatMap((part) =>
    pathsOf(request[part]).map((path) => ({ part, path })),
  );
}

/** The request with another value in one place. */
export function withValue(request: SampleRequest, { part, path }: Leaf, value: unknown): SampleRequest {
  const copy = structuredClone(request);
  if (path.length === 0) return { ...copy, [part]: value };
  let parent = copy[part] as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) parent = parent[step] as typeof parent;
  parent[path.at(-1) as string | number] = value;
  return copy;
}

/** The address of a request, with parameters and query percent-encoded. */
export function addressOf(route: Route, { params, query }: SampleRequest): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(wellFormed(params[name] ?? "x")),
  );
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, wellFormed(value)]),
  ).toString();
  return search === "" ? path : `${path}?${search}`;
}

/** Addresses hold whole characters only. */
const wellFormed = (value: unknown): string => String(value).toWellFormed();

function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value === "string") return [path];
  if (Array.isArray(value)) return value.flatMap((inner, index) => pathsOf(inner, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
}

function samplesOfSchema(schema: z.ZodType | undefined): unknown[] {
  if (schema === undefined) return [undefined];
  const json = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: "input",
    unrepresentable: "any",
  }) as Json;
  const definitions = (json.$defs ?? {}) as Record<string, Json>;
  return formsOf(json, definitions).map((form) => {
    const full = fill(form, definitions, true);
    if (schema.safeParse(full).success) return full;
    // Fields that exclude one another: then the least that is asked for, if that fits better.
    const least = fill(form, definitions, false);
    return schema.safeParse(least).success ? least : full;
  });
}

/** The alternatives at the top of a schema. */
function formsOf(schema: Json, definitions: Record<string, Json>): Json[] {
  if (typeof schema.$ref === "string") return formsOf(resolved(schema.$ref, definitions), definitions);
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  return choices ? choices.flatMap((choice) => formsOf(choice, definitions)) : [schema];
}

const resolved = (reference: string, definitions: Record<string, Json>): Json =>
  definitions[reference.replace("#/$defs/", "")] ?? {};

function fill(schema: Json | boolean, definitions: Record<string, Json>, optional: boolean): unknown {
  // `true` allows anything and `false` nothing: rests of tuples and the like.
  if (typeof schema === "boolean") return schema ? "x" : undefined;
  if (typeof schema.$ref === "string") return fill(resolved(schema.$ref, definitions), definitions, optional);
  if ("const" in schema) return schema.const;
  if ("example" in schema) return structuredClone(schema.example);
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return fill(choices.find(({ type }) => type !== "null") ?? {}, definitions, optional);
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...schema.allOf.map((part) => fill(part as Json, definitions, optional)));
  if (schema.type === "object" || "properties" in schema) {
    const required = (schema.required ?? []) as string[];
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
    return Object.fromEntries(
      properties
        .filter(([name]) => optional || required.includes(name))
        .map(([name, inner]) => [name, fill(inner, definitions, optional)])
        .filter(([, value]) => value !== undefined),
    );
  }
  if (Array.isArray(schema.prefixItems))
    return schema.prefixItems.map((item) => fill(item as Json, definitions, optional));
  if (schema.type === "array")
    return schema.items === undefined || schema.items === false
      ? []
      : [fill(schema.items as Json, definitions, optional)];
  if (schema.type === "integer" || schema.type === "number")
    return Math.max(1, Number(schema.minimum ?? schema.exclusiveMinimum ?? 1));
  if (schema.type === "boolean") return true;
  if (schema.type === "string") return textFor(schema);
  return "x";
}

const formats: Readonly<Record<string, string>> = {
  email: "somebody@example.com",
  "date-time": "2026-11-22T08:30:00.000Z",
  date: "2026-11-22",
  uuid: "0193f0d8-7c00-7000-8000-000000000000",
  uri: "https://example.com/",
};

function textFor(schema: Json): string {
  const known = formats[String(schema.format)];
  if (known !== undefined) return known;
  const shortest = Number(schema.minLength ?? 1);
  if (typeof schema.pattern === "string" && !new RegExp(schema.pattern, "u").test("x".repeat(shortest)))
    return (
      fc.sample(fc.stringMatching(new RegExp(schema.pattern, "u")), { numRuns: 1, seed: 1 })[0] ?? "x"
    ).slice(0, Number(schema.maxLength ?? 200));
  return "x".repeat(Math.max(1, shortest));
}
