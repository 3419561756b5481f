import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { createXs2aDefinition } from "./definition.ts";

const definition = createXs2aDefinition();
const headers = { "x-request-id": randomUUID(), "psu-ip-address": "192.0.2.1" };
const consent = {
  access: { accounts: [] },
  recurringIndicator: true,
  validUntil: "2026-12-31",
  frequencyPerDay: 4,
  combinedServiceIndicator: false,
};

describe("requests", () => {
  const check = (change: object) =>
    definition.validateRequest({
      method: "POST",
      path: "/v1/consents",
      query: {},
      headers,
      body: consent,
      ...change,
    });

  test("a right one has no findings", () => {
    expect(check({})).toEqual([]);
  });

  test.each([
    ["a missing header", { headers: {} }, "header X-Request-ID"],
    ["a header in another format", { headers: { ...headers, "x-request-id": "1" } }, "header X-Request-ID"],
    [
      "an IPv6 address where the definition has IPv4",
      { headers: { ...headers, "psu-ip-address": "::1" } },
      "header PSU-IP-Address",
    ],
    [
      "a boolean that is none",
      { headers: { ...headers, "tpp-redirect-preferred": "yes" } },
      "header TPP-Redirect-Preferred",
    ],
    ["a missing member", { body: { ...consent, validUntil: undefined } }, "body"],
    ["a date that is none", { body: { ...consent, validUntil: "31.12.2026" } }, "body /validUntil"],
    ["a number that is a text", { body: { ...consent, frequencyPerDay: "4" } }, "body /frequencyPerDay"],
    ["an address outside the definition", { path: "/v2/consents" }, "path"],
  ])("finds %s", (_name, change, where) => {
    expect(check(change).map((finding) => finding.where)).toContain(where);
  });

  test("query parameters are read as their types", () => {
    const ask = (query: Record<string, string>) =>
      definition.validateRequest({
        method: "GET",
        path: "/v1/accounts/42/transactions",
        query,
        headers: { "x-request-id": randomUUID(), "consent-id": "c" },
      });
    expect(ask({ bookingStatus: "booked", withBalance: "true", itemsPerPage: "20" })).toEqual([]);
    expect(ask({ bookingStatus: "settled" })).toHaveLength(1);
    expect(ask({ bookingStatus: "booked", dateFrom: "yesterday" })).toHaveLength(1);
    expect(ask({})).toEqual([{ where: "query bookingStatus", message: "is missing" }]);
  });
});

describe("responses", () => {
  const answer = {
    status: 201,
    headers: { "x-request-id": randomUUID(), "content-type": "application/json; charset=utf-8" },
    body: { consentStatus: "received", consentId: "1", _links: { self: { href: "/v1/consents/1" } } },
  };
  const check = (change: object) =>
    definition.validateResponse("POST", "/v1/consents", { ...answer, ...change });

  test("a right one has no findings", () => {
    expect(check({})).toEqual([]);
  });

  test.each([
    ["a status outside the definition", { status: 200 }, "status"],
    ["a missing header", { headers: { "content-type": "application/json" } }, "header X-Request-ID"],
    [
      "another media type",
      { headers: { ...answer.headers, "content-type": "text/html" } },
      "header Content-Type",
    ],
    [
      "an unknown status of a consent",
      { body: { ...answer.body, consentStatus: "fine" } },
      "body /consentStatus",
    ],
    [
      "links that are no objects",
      { body: { ...answer.body, _links: { self: "/v1/consents/1" } } },
      "body /_links/self",
    ],
  ])("finds %s", (_name, change, where) => {
    expect(check(change).map((finding) => finding.where)).toContain(where);
  });

  test("a 204 carries nothing", () => {
    const path = "/v1/consents/1";
    const empty = { status: 204, headers: { "x-request-id": randomUUID() } };
    expect(definition.validateResponse("DELETE", path, empty)).toEqual([]);
    expect(definition.validateResponse("DELETE", path, { ...empty, body: {} })).toHaveLength(1);
  });
});

test("a concrete path wins over a templated one; unknown methods are told from unknown paths", () => {
  expect(definition.findOperation("GET", "/v1/accounts/1/transactions")?.id).toBe("getTransactionList");
  expect(definition.findOperation("GET", "/v1/payments/sepa-credit-transfers/1")?.id).toBe(
    "getPaymentInformation",
  );
  expect(definition.findOperation("PATCH", "/v1/consents")).toBeUndefined();
  expect(definition.knowsPath("/v1/consents")).toBe(true);
  expect(definition.knowsPath("/v1/nothing")).toBe(false);
});

type Published = { paths: Record<string, Record<string, { responses?: Record<string, object> }>> };
const folder = new URL("../../../../vectors/berlin-group/", import.meta.url);

test.each(readdirSync(folder))("every schema of %s compiles, though only when it is needed", (file) => {
  const { paths } = load(readFileSync(new URL(file, folder), "utf8")) as Published;
  // Whatever is asked for: a header of this name is sent with a value that few schemas take.
  const everything = new Proxy({}, { get: () => "?" });
  let asked = 0;
  for (const [template, methods] of Object.entries(paths)) {
    const path = template.replaceAll(/\{[^}]+\}/g, "x");
    for (const [method, { responses }] of Object.entries(methods)) {
      if (responses === undefined) continue;
      definition.validateRequest({ method, path, query: everything, headers: everything, body: {} });
      for (const status of Object.keys(responses)) {
        for (const type of ["application/json", "application/problem+json"]) {
          const headers = { "content-type": type };
          definition.validateResponse(method, path, { status: Number(status), headers, body: {} });
          definition.validateResponse(method, path, {
            status: Number(status),
            headers: everything,
            body: {},
          });
          asked += 1;
        }
      }
    }
  }
  expect(asked).toBeGreaterThanOrEqual(20);
});
