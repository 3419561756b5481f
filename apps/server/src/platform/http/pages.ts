import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isErrorCode, Refusal } from "../errors.ts";
import { docsPage, docsStyle } from "./docs-page.ts";

export type WebDirs = { wallet?: string; console?: string };

const apps = [
  { name: "console", prefix: "/console/" },
  { name: "wallet", prefix: "/" },
] as const;

/** Paths that are never a page of the wallet, so that a wrong address there is not answered with a page. */
const notPages = /^\/(v1|log|errors|development|docs|openapi\.json|pay-method|healthz|readyz)(\/|$)/;

const openApiFile = new URL("../../../../../docs/generated/openapi.json", import.meta.url);

/**
 * Serves the built web apps and the API's documents. Every address of an app that names no file gets the app's first
 * page, because the app's own router knows the rest.
 */
export async function registerPages(http: FastifyInstance, webDirs: WebDirs): Promise<void> {
  let decorateReply = true;
  for (const { name, prefix } of apps) {
    const root = webDirs[name];
    if (root === undefined || !isBuilt(root)) continue;
    await http.register(fastifyStatic, {
      root,
      prefix,
      decorateReply,
      dotfiles: "ignore",
      // Names under assets/ carry a hash of their content; everything else may change with the next build.
      setHeaders: (response, path) => {
        const immutable = path.startsWith(join(root, "assets/"));
        response.header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
    decorateReply = false;
  }
  http.get("/console", (_request, reply) => reply.redirect("/console/", 308));

  http.setNotFoundHandler(async (request, reply) => {
    const app = pageAsked(request);
    if (app === undefined) throw new Refusal("request.not_found");
    const root = webDirs[app.name];
    return root !== undefined && isBuilt(root)
      ? reply.header("cache-control", "no-cache").sendFile("index.html", root)
      : reply.code(503).type("text/html; charset=utf-8").send(notBuilt(app.name));
  });

  const openApi = await readFile(openApiFile, "utf8");
  http.get("/openapi.json", (_request, reply) => document(reply, "application/json; charset=utf-8", openApi));
  http.get("/docs", (_request, reply) => document(reply, "text/html; charset=utf-8", docsPage()));
  // Where the `type` of a problem leads.
  http.get<{ Params: { code: string } }>("/errors/:code", (request, reply) => {
    if (!isErrorCode(request.params.code)) throw new Refusal("request.not_found");
    return reply.redirect(`/docs#${request.params.code}`, 303);
  });
  http.get("/docs/docs.css", (_request, reply) => document(reply, "text/css; charset=utf-8", docsStyle));
}

function document(reply: FastifyReply, type: string, content: string): FastifyReply {
  return reply.header("cache-control", "no-cache").type(type).send(content);
}

function isBuilt(root: string): boolean {
  return existsSync(join(root, "index.html"));
}

function pageAsked(request: FastifyRequest): (typeof apps)[number] | undefined {
  const path = request.url.split("?", 1)[0] ?? "/";
  const wantsPage = (request.method === "GET" || request.method === "HEAD") && acceptsHtml(request);
  if (!wantsPage || notPages.test(path)) return undefined;
  return apps.find(({ prefix }) => path.startsWith(prefix));
}

function acceptsHtml(request: FastifyRequest): boolean {
  return /text\/html/.test(request.headers.accept ?? "");
}

function notBuilt(app: "wallet" | "console"): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Jinqiao 金桥</title><link rel="stylesheet" href="/docs/docs.css"></head>
<body><main><h1>Jinqiao 金桥</h1>
<p>The pages of the ${app} are not built yet. Run <code>npm start</code>, which builds them, or
<code>npx vite build</code> in <code>apps/${app}</code>. The API answers already: <a href="/docs">its documents</a>.</p>
<p lang="zh">${app === "wallet" ? "钱包" : "控制台"}页面尚未构建。请运行 <code>npm start</code>（会自动构建），或在
<code>apps/${app}</code> 目录中运行 <code>npx vite build</code>。API 已可使用：<a href="/docs">查看文档</a>。</p>
</main></body></html>`;
}
