import { readFile } from "node:fs/promises";
import type { PlainRoute } from "../../platform/http/plain-routes.ts";

const files = [
  { path: "/development/outbox", file: "outbox.html", mediaType: "text/html; charset=utf-8" },
  { path: "/development/outbox.js", file: "outbox.js", mediaType: "text/javascript; charset=utf-8" },
  { path: "/development/outbox.css", file: "outbox.css", mediaType: "text/css; charset=utf-8" },
] as const;

/** The page on which a demo shows the messages that it kept. For its own site alone: other sites must not read codes. */
export function outboxPages(): PlainRoute[] {
  return files.map(({ path, file, mediaType }) => ({
    path,
    sameSite: true,
    run: async () => ({
      mediaType,
      content: await readFile(new URL(file, import.meta.url), "utf8"),
      immutable: false,
    }),
  }));
}
