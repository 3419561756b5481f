import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { routes } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant } from "../support/merchants.ts";
import { createWorld, type Session, type World } from "../support/world.ts";
import { requestOf } from "./installation.ts";
import { addressOf } from "./samples.ts";

// What every answer carries, and what a browser or a program can do to us by HTTP alone. Sources: OWASP Application
// Security Verification Standard 5.0, V3 and V4; OWASP Secure Headers.

let world: World;
let pages: string;
let person: Session & { id: string };

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), "jinqiao-security-"));
  for (const app of ["wallet", "console"]) {
    await mkdir(join(pages, app));
    await writeFile(join(pages, app, "index.html"), `<!doctype html><title>${app}</title>`);
  }
  world = await createWorld({ webDirs: { wallet: join(pages, "wallet"), console: join(pages, "console") } });
  person = await world.customer("Somebody");
});
afterAll(async () => {
  await world.close();
  await rm(pages, { recursive: true });
});

const html = { accept: "text/html" };
/** A page of each kind that the server gives out. */
const pagesOfOurs = [
  "/",
  "/send",
  "/safety",
  "/console/",
  "/console/payments",
  "/docs",
  "/not-me",
  "/development/outbox",
];

describe("headers", () => {
  it("let pages take scripts and styles from us alone, and frame them nowhere", async () => {
    const addresses = [
      ...pagesOfOurs,
      "/v1/me",
      "/v1/nothing",
      "/openapi.json",
      "/docs/docs.css",
      "/healthz",
    ];
    for (const address of addresses) {
      const { headers } = await fetch(`${world.url}${address}`, { headers: html });
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, address).toContain("default-src 'self'");
      expect(policy, address).toContain("object-src 'none'");
      expect(policy, address).toContain("base-uri 'none'");
      expect(policy, address).toContain("frame-ancestors 'none'");
      expect(policy, address).not.toMatch(/unsafe|\*|https?:|blob:/);
      expect(headers.get("x-frame-options"), address).toBe("DENY");
      expect(headers.get("x-content-type-options"), address).toBe("nosniff");
      expect(headers.get("referrer-policy"), address).toBe("same-origin");
      expect(headers.get("x-powered-by"), address).toBeNull();
      expect(headers.get("server"), address).toBeNull();
    }
  });

  it("keep every answer of the API out of caches, also the refusals", async () => {
    for (const route of routes.filter(
      ({ produces, path }) => produces !== "text/event-stream" && path.startsWith("/v1/"),
    )) {
      const response = await fetch(`${world.url}${addressOf(route, requestOf(route))}`, {
        method: route.method,
        redirect: "manual",
      });
      expect(response.headers.get("cache-control"), route.id).toBe("no-store");
      await response.arrayBuffer();
    }
    const me = await person.fetch(`${world.url}/v1/me`);
    expect(me.status).toBe(200);
    expect(me.headers.get("cache-control")).toBe("no-store");
    const page = await fetch(`${world.url}/`, { headers: html });
    expect(page.headers.get("cache-control")).toBe("no-cache");
  });

  it("give no other site's page leave to read us", async () => {
    for (const address of ["/v1/me", "/", "/docs"]) {
      for (const method of ["GET", "OPTIONS"]) {
        const { headers } = await person.fetch(`${world.url}${address}`, {
          method,
          headers: {
            ...html,
            origin: "https://evil.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
          },
        });
        expect(headers.get("access-control-allow-origin"), `${method} ${address}`).toBeNull();
        expect(headers.get("access-control-allow-credentials")).toBeNull();
      }
    }
  });
});

describe("redirects", () => {
  it("lead to our own pages alone, whatever the address asks for", async () => {
    const elsewhere = "https%3A%2F%2Fevil.example%2F";
    const asked = [
      `/v1/bank-callbacks/harbour?code=x&state=${elsewhere}`,
      `/v1/bank-callbacks/harbour?error=access_denied&state=x&next=${elsewhere}&redirect_uri=${elsewhere}`,
      `/v1/bank-callbacks/${elsewhere}?code=x&state=y`,
      `/v1/bank-callbacks/%2F%2Fevil.example?state=y&code=x`,
      `/v1/bank-callbacks/harbour?error=${elsewhere}&error_description=%0d%0aLocation:%20${elsewhere}&state=x`,
      `/v1/bank-payment-returns/${elsewhere}`,
      `/v1/bank-payment-returns/..%2f..%2fevil`,
      `/errors/${elsewhere}`,
      "//evil.example/%2e%2e",
      "/console//evil.example",
      "/\\evil.example",
    ];
    let redirected = 0;
    for (const path of asked) {
      const response = await person.fetch(`${world.url}${path}`, { headers: html, redirect: "manual" });
      const location = response.headers.get("location");
      if (location === null) continue;
      redirected += 1;
      const target = new URL(location, world.url);
      expect(target.origin, `${path} → ${location}`).toBe(world.url);
      expect(location).not.toMatch(/[\r\n]/);
    }
    expect(redirected).toBeGreaterThan(2);
  });
});

describe("what is sent", () => {
  it("of ten megabytes is refused, by everybody, before it is read to its end", async () => {
    const tenMegabytes = new Uint8Array(10 * 1024 * 1024).fill(0x20);
    // Somebody who is let in everywhere that customers and merchants are.
    const shop = await createMerchant(world);
    const writes = routes.filter(({ body, acceptsFile }) => body !== undefined && acceptsFile === undefined);
    let refused = 0;
    for (const route of writes.filter(({ audience }) => audience !== "staff")) {
      const response = await shop.owner
        .fetch(`${world.url}${addressOf(route, requestOf(route))}`, {
          method: route.method,
          headers: {
            "content-type": "application/json",
            "idempotency-key": "ten-megabytes",
            "jinqiao-merchant": shop.id,
          },
          body: tenMegabytes,
        })
        // The connection may be closed while we are still sending: that is a refusal as well.
        .catch(() => undefined);
      if (response === undefined) continue;
      refused += 1;
      expect(response.status, route.id).toBe(413);
      await response.arrayBuffer().catch(() => undefined);
    }
    expect(refused).toBeGreaterThan(0);
  });

  it("with a forged Host or a forged address leads nowhere else", async () => {
    const answer = await raw(
      `GET /v1/bank-callbacks/harbour?error=access_denied&state=x HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 303/);
    expect(answer).not.toContain("evil.example");
  });

  it("in two readings at once is refused (request smuggling)", async () => {
    for (const request of [
      "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\n\r\n",
      "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
      "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "GET /v1/me HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
      "GET /v1/me\u0000 HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
      expect(await raw(request)).toMatch(/^HTTP\/1\.1 4\d\d/);
  });

  it("with line breaks in a header's value does not come to us from a library, and no value of ours holds one", async () => {
    const answer = await person.fetch(
      `${world.url}/v1/wallet/statements?currency=CNY&from=2026-01-01&to=2026-02-01&format=csv`,
    );
    for (const [name, value] of answer.headers) expect(`${name}: ${value}`).not.toMatch(/[\r\n]/);
  });
});

describe("documents that grow while they are read", () => {
  const upload = (content: string | Uint8Array) =>
    person.fetch(`${world.url}/v1/statement-imports`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: content as BodyInit,
    });
  const camt = (inside: string) =>
    `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>${inside}</BkToCstmrStmt></Document>`;
  const laughs = `<!DOCTYPE a [<!ENTITY l0 "ha">${Array.from({ length: 20 }, (_, i) => `<!ENTITY l${i + 1} "&l${i};&l${i};&l${i};&l${i};">`).join("")}]>`;

  it.each([
    ["a billion laughs", `<?xml version="1.0"?>${laughs}${camt("&l20;")}`],
    [
      "an outside entity",
      `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${camt("&x;")}`,
    ],
    [
      "an outside document type",
      `<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd">${camt("")}`,
    ],
    ["elements a hundred thousand deep", camt("<a>".repeat(100_000))],
    ["attributes by the hundred thousand", camt(`<a ${'b="c" '.repeat(100_000)}/>`)],
    ["JSON a hundred thousand deep", "[".repeat(100_000)],
    ["OFX that never ends", `OFXHEADER:100\r\n\r\n<OFX>${"<STMTTRN>".repeat(100_000)}`],
  ])("%s", async (_name, content) => {
    const response = await upload(content);
    const text = await response.text();
    expect(response.status, text).toBeLessThan(500);
    expect(text).not.toContain("root:");
    if (response.ok) expect(JSON.parse(text)).toMatchObject({ accounts: [] });
  });
});

/** Sends bytes as they are and reads what comes back until the other side closes, or nothing comes for a while. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname, () =>
      socket.write(request, "latin1"),
    );
    let answer = "";
    socket.setTimeout(2_000, () => socket.end());
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      if (answer.includes("\r\n\r\n")) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}
