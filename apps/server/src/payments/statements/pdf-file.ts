import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { type Currency, exponentOf, formatDecimal } from "@jinqiao/money";
import PDFDocument from "pdfkit";
import { isoOf, localTimesIn } from "./calendar.ts";
import type { Line, WalletStatementDocument } from "./statement.ts";
import { dayBefore, inAndOut } from "./text-files.ts";
import { type Language, type Words, wordsIn } from "./words.ts";

/** Lengths in points, 1/72 inch; A4 is 595.28 × 841.89 (ISO 216). */
const page = { width: 595.28, height: 841.89, margin: 42 };
const rowHeight = 27;
const firstTableTop = 252;
const laterTableTop = 66;
const tableBottom = page.height - 62;
const ink = "#0b1a1c";
const inkMuted = "#4a5a5d";
const jade = "#0b665f";
const rule = "#dde6e6";
const languageTags: Record<Language, string> = { zh: "zh-CN", en: "en-GB" };

/** Columns by their left edge; amounts stand at their right edge. */
const right = page.width - page.margin;
const columns = {
  when: { x: page.margin, width: 88 },
  what: { x: page.margin + 92, width: 174 },
  moneyIn: { x: page.margin + 270, width: 76 },
  moneyOut: { x: page.margin + 350, width: 76 },
  balance: { x: page.margin + 430, width: right - page.margin - 430 },
};

/** Noto Sans Hans, SIL Open Font License 1.1: it may be embedded in documents, and has Latin and Chinese letters. */
const fontFile = (weight: "Regular" | "Bold") =>
  readFile(new URL(`../fonts/NotoSansHans-${weight}.otf`, import.meta.resolve("@embedpdf/fonts-sc")));

/** One at a time: a long one takes some 100 MB while it is drawn, however many people ask at once. */
let lastDrawn: Promise<unknown> = Promise.resolve();

/**
 * The statement as PDF 1.7: A4, tagged for screen readers, with the letters it uses embedded. The same statement of
 * an ended period gives the same bytes each time. Rows have one height, so the number of pages is known before the
 * first line is read, and pages leave as they are filled.
 * @param words of the document, where it is called otherwise than a wallet's statement
 */
export async function* pdfFile(
  document: WalletStatementDocument,
  words: Words = wordsIn(document.language),
): AsyncGenerator<Uint8Array> {
  const [regular, bold] = await Promise.all([fontFile("Regular"), fontFile("Bold")]);
  // Not the moment of the download once the period is over, so that the file can be compared byte by byte.
  const made = document.asOf < document.end ? document.asOf : document.end;
  const pdf = new PDFDocument({
    size: "A4",
    margin: 0,
    autoFirstPage: false,
    pdfVersion: "1.7",
    tagged: true,
    lang: languageTags[document.language],
    displayTitle: true,
    info: {
      Title: titleOf(document, words),
      Author: words.brand,
      Subject: words.title,
      CreationDate: made,
      ModDate: made,
    },
  });
  pdf.registerFont("regular", regular);
  pdf.registerFont("bold", bold);
  lastDrawn = lastDrawn
    .then(() => draw(pdf, document, words))
    .then(
      () => pdf.end(),
      (error: Error) => pdf.destroy(error),
    );
  yield* pdf as AsyncIterable<Uint8Array>;
}

/** How many pages a statement of so many lines has. */
export function pagesFor(lines: number): number {
  const onFirst = rowsBetween(firstTableTop);
  return lines <= onFirst ? 1 : 1 + Math.ceil((lines - onFirst) / rowsBetween(laterTableTop));
}

function rowsBetween(top: number): number {
  return Math.floor((tableBottom - top - rowHeight) / rowHeight);
}

type Pdf = InstanceType<typeof PDFDocument>;
type Parent = ReturnType<Pdf["struct"]>;

async function draw(pdf: Pdf, document: WalletStatementDocument, words: Words): Promise<void> {
  const amount = amountsIn(document.request.currency, document.language);
  const plainDate = plainDatesIn(document.language);
  const pages = pagesFor(document.count);
  const root = pdf.struct("Document");
  pdf.addStructure(root);

  if (pdf.destroyed) return;
  let number = 1;
  pdf.addPage();
  drawHead(pdf, root, document, words);
  const table = pdf.struct("Table");
  root.add(table);
  drawTableHead(pdf, table, words, firstTableTop);
  let y = firstTableTop + rowHeight;
  drawFoot(pdf, words, document, `${number} / ${pages}`);

  for await (const line of document.lines()) {
    if (y + rowHeight > tableBottom) {
      // A moment for other requests between two pages, and none for somebody who has gone.
      await setImmediate();
      if (pdf.destroyed) return;
      number += 1;
      pdf.addPage();
      drawTableHead(pdf, undefined, words, laterTableTop);
      drawFoot(pdf, words, document, `${number} / ${pages}`);
      y = laterTableTop + rowHeight;
    }
    drawLine(pdf, table, line, { y, amount, plainDate });
    y += rowHeight;
  }
  table.end();
  if (document.count === 0) {
    root.add(
      pdf.struct("P", {}, () => put(pdf, words.none, columns.when.x, y + 8, { size: 9, colour: inkMuted })),
    );
  }
  root.end();
}

/** Title, whose account over which days, and the four figures. */
function drawHead(pdf: Pdf, root: Parent, document: WalletStatementDocument, words: Words): void {
  const { request } = document;
  const plainDate = plainDatesIn(document.language);
  const amount = amountsIn(request.currency, document.language);
  const local = localTimesIn(request.timeZone);
  const goesOn = document.asOf < document.end;
  artifact(pdf, () => {
    put(pdf, words.brand, page.margin, 40, { size: 11, bold: true, colour: jade });
  });
  root.add(
    pdf.struct("H1", {}, () => put(pdf, words.title, page.margin, 60, { size: 20, bold: true, colour: ink })),
  );
  const facts: [string, string][] = [
    [words.holder, document.holder],
    [words.account, document.account],
    [words.currency, request.currency],
    [words.period, `${plainDate(request.from)} – ${plainDate(dayBefore(request.to))}`],
    [words.timeZone, request.timeZone],
    ...(goesOn ? [[words.asOf, isoOf(local(document.asOf)).replace("T", " ")] as [string, string]] : []),
  ];
  facts.forEach(([name, value], index) => {
    const x = page.margin + (index % 2) * 262;
    const y = 98 + Math.floor(index / 2) * 19;
    root.add(
      pdf.struct("P", {}, () => {
        put(pdf, name, x, y, { size: 8.5, colour: inkMuted });
        put(pdf, value, x + 74, y, { size: 8.5, smallest: 6, colour: ink, width: 184 });
      }),
    );
  });
  const figures: [string, bigint][] = [
    [words.opening, document.opening],
    [words.moneyIn, document.moneyIn],
    [words.moneyOut, document.moneyOut],
    [words.closing, document.closing],
  ];
  const boxTop = 166;
  const width = (right - page.margin) / figures.length;
  artifact(pdf, () => {
    pdf.roundedRect(page.margin, boxTop, right - page.margin, 48, 8).fill("#def3f0");
  });
  figures.forEach(([name, minor], index) => {
    const x = page.margin + 12 + index * width;
    const text = amount(minor);
    root.add(
      pdf.struct("P", {}, () => {
        put(pdf, name, x, boxTop + 8, { size: 8.5, colour: inkMuted });
        put(pdf, text, x, boxTop + 22, {
          size: 12,
          smallest: 0,
          bold: true,
          colour: ink,
          width: width - 16,
        });
      }),
    );
  });
  root.add(
    pdf.struct("P", {}, () =>
      put(pdf, goesOn ? words.goesOn : words.equation, page.margin, 222, {
        size: 8,
        colour: inkMuted,
        width: right - page.margin,
      }),
    ),
  );
}

/** The head of the table; on later pages it is there for the eye alone, because the table goes on. */
function drawTableHead(pdf: Pdf, table: Parent | undefined, words: Words, y: number): void {
  const heads: [keyof typeof columns, string][] = [
    ["when", words.date],
    ["what", words.description],
    ["moneyIn", words.moneyIn],
    ["moneyOut", words.moneyOut],
    ["balance", words.balance],
  ];
  const head = ([column, text]: (typeof heads)[number]) => {
    const { x, width } = columns[column];
    const style = { size: 8.5, bold: true, colour: inkMuted, width };
    put(pdf, text, x, y + 6, { ...style, alignRight: column !== "when" && column !== "what" });
  };
  if (table === undefined) artifact(pdf, () => heads.forEach(head));
  else {
    const row = pdf.struct("TR");
    table.add(row);
    for (const one of heads) row.add(pdf.struct("TH", {}, () => head(one)));
    row.end();
  }
  drawRule(pdf, y + rowHeight - 4, 1);
}

function drawLine(
  pdf: Pdf,
  table: Parent,
  line: Line,
  options: { y: number; amount: (minor: bigint) => string; plainDate: (date: string) => string },
): void {
  const { y, amount, plainDate } = options;
  const [moneyIn, moneyOut] = inAndOut(line, amount);
  const named = line.counterparty !== null && line.description.includes(line.counterparty);
  const below = [named ? null : line.counterparty, line.note, line.reference].filter((text) => text !== null);
  const row = pdf.struct("TR");
  table.add(row);
  const cell = (write: () => void) => row.add(pdf.struct("TD", {}, write));
  const { when, what } = columns;
  cell(() => {
    put(pdf, plainDate(line.local.date), when.x, y + 2, { size: 8.5, colour: ink, width: when.width });
    put(pdf, `${line.local.time} ${line.local.offset}`, when.x, y + 13, {
      size: 7,
      colour: inkMuted,
      width: when.width,
    });
  });
  cell(() => {
    put(pdf, line.description, what.x, y + 2, { size: 8.5, smallest: 7, colour: ink, width: what.width });
    put(pdf, below.join(" · "), what.x, y + 13, { size: 7, colour: inkMuted, width: what.width });
  });
  const figure = (column: "moneyIn" | "moneyOut" | "balance", text: string, colour: string) =>
    cell(() => {
      const { x, width } = columns[column];
      put(pdf, text, x, y + 2, { size: 8.5, smallest: 0, colour, width, alignRight: true });
    });
  figure("moneyIn", moneyIn, jade);
  figure("moneyOut", moneyOut, ink);
  figure("balance", amount(line.balance), ink);
  row.end();
  drawRule(pdf, y + rowHeight - 3, 0.5);
}

function drawFoot(pdf: Pdf, words: Words, document: WalletStatementDocument, pageNumber: string): void {
  artifact(pdf, () => {
    const y = page.height - 42;
    const style = { size: 7.5, colour: inkMuted };
    put(pdf, titleOf(document, words), page.margin, y, { ...style, width: 380 });
    put(pdf, pageNumber, right - 100, y, { ...style, width: 100, alignRight: true });
  });
}

function drawRule(pdf: Pdf, y: number, thickness: number): void {
  artifact(pdf, () => {
    pdf.moveTo(page.margin, y).lineTo(right, y).lineWidth(thickness).strokeColor(rule).stroke();
  });
}

/** What is there for the eye alone: screen readers pass over it. Source: ISO 32000-1, section 14.8.2.2. */
function artifact(pdf: Pdf, write: () => void): void {
  pdf.markContent("Artifact");
  write();
  pdf.endMarkedContent();
}

/**
 * One line of text. What is too wide becomes smaller down to `smallest`, and ends in an ellipsis where even that is too
 * wide. Figures have no such bound: an amount is never cut.
 */
function put(
  pdf: Pdf,
  text: string,
  x: number,
  y: number,
  style: {
    size: number;
    smallest?: number;
    colour: string;
    bold?: boolean;
    width?: number;
    alignRight?: boolean;
  },
): void {
  if (text === "") return;
  const { size, smallest = size, width = Number.POSITIVE_INFINITY } = style;
  pdf
    .font(style.bold ? "bold" : "regular")
    .fontSize(size)
    .fillColor(style.colour);
  const wanted = pdf.widthOfString(text);
  if (wanted > width) pdf.fontSize(Math.max(smallest, (size * width) / wanted));
  const fitting = smallest === 0 ? text : fit(pdf, text, width);
  const indent = style.alignRight ? width - pdf.widthOfString(fitting) : 0;
  pdf.text(fitting, x + indent, y, { lineBreak: false });
}

function fit(pdf: Pdf, text: string, width: number): string {
  if (pdf.widthOfString(text) <= width) return text;
  const letters = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].map(
    ({ segment }) => segment,
  );
  let [fits, tooMany] = [0, letters.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (pdf.widthOfString(`${letters.slice(0, middle).join("")}…`) <= width) fits = middle;
    else tooMany = middle;
  }
  return `${letters.slice(0, fits).join("")}…`;
}

function titleOf(document: WalletStatementDocument, words: Words): string {
  const { currency, from, to } = document.request;
  return `${words.title} ${currency} ${from} – ${dayBefore(to)} · ${document.holder}`;
}

/** Amounts with the currency's decimals and grouping, exact for any size: the formatter is given decimal text. */
function amountsIn(currency: Currency, language: Language): (minor: bigint) => string {
  const digits = exponentOf(currency);
  const format = new Intl.NumberFormat(languageTags[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (minor) => format.format(formatDecimal(minor, currency) as `${number}`);
}

function plainDatesIn(language: Language): (date: string) => string {
  const format = new Intl.DateTimeFormat(languageTags[language], {
    timeZone: "UTC",
    year: "numeric",
    month: language === "zh" ? "long" : "short",
    day: "numeric",
  });
  return (date) => format.format(new Date(`${date}T00:00:00Z`));
}
