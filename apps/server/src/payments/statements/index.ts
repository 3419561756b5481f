import * as contract from "@jinqiao/contract";
import { Refusal } from "../../platform/errors.ts";
import { type FileAnswer, handle, type RouteHandler } from "../../platform/http/handler.ts";
import { pdfFile } from "./pdf-file.ts";
import {
  lineView,
  openStatement,
  pageOfLines,
  type StatementDeps,
  type StatementRequest,
  summaryOf,
  type WalletStatementDocument,
} from "./statement.ts";
import { csvFile, dayBefore, jsonFile } from "./text-files.ts";
import { type Language, wordsIn } from "./words.ts";

export type Format = "json" | "csv" | "pdf";

/** What a customer reads of their own account: files to keep, the four figures, and lines a page at a time. */
export function statementRoutes(deps: StatementDeps): RouteHandler[] {
  const requestOf = (
    customerId: string,
    query: { currency: string; from: string; to: string; timeZone?: string | undefined },
  ): StatementRequest => ({
    customerId,
    currency: query.currency,
    from: query.from,
    to: query.to,
    timeZone: query.timeZone ?? "UTC",
  });
  return [
    handle(contract.getWalletStatement, async ({ customerId, query }) => {
      const document = await openStatement(deps, requestOf(customerId, query), query.language);
      return fileOf(document, query.format ?? "json");
    }),
    handle(contract.getWalletStatementSummary, async ({ customerId, query }) =>
      summaryOf(await openStatement(deps, requestOf(customerId, query))),
    ),
    handle(contract.listWalletStatementLines, async ({ customerId, query }) => {
      const { lines, next } = await pageOfLines(deps, requestOf(customerId, query), {
        language: query.language,
        cursor: query.cursor,
        limit: query.limit ?? 25,
      });
      return { items: lines.map((line) => lineView(line, query.currency)), nextCursor: next };
    }),
  ];
}

/** @throws Refusal `statement.too_long_for_pdf` */
export function fileOf(document: WalletStatementDocument, format: Format): FileAnswer {
  const { currency, from, to } = document.request;
  const nameIn = (language: Language) => {
    const { brand, title } = wordsIn(language);
    return `${brand}-${title}-${currency}-${from}-${dayBefore(to)}.${format}`.replaceAll(" ", "-");
  };
  const names = { name: nameIn(document.language), asciiName: nameIn("en") };
  switch (format) {
    case "json":
      return { ...names, mediaType: "application/json; charset=utf-8", content: jsonFile(document) };
    case "csv":
      return { ...names, mediaType: "text/csv; charset=utf-8; header=present", content: csvFile(document) };
    case "pdf":
      if (document.count > contract.maxPdfLines) throw new Refusal("statement.too_long_for_pdf");
      return { ...names, mediaType: "application/pdf", content: pdfFile(document) };
  }
}
