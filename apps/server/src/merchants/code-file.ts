import { readFile } from "node:fs/promises";
import { modulesOf } from "@jinqiao/qr/image";
import PDFDocument from "pdfkit";
import type { CodeRow } from "./code-rows.ts";

/** A5 upright in points, 1/72 inch (ISO 216: 148 × 210 mm). */
const page = { width: 419.53, height: 595.28 };
const margin = 28;
const band = 116;
/** Side of the QR code with its quiet zone: 96 mm, to be read from two metres away. */
const side = 272;
const ink = "#0b1a1c";
const inkMuted = "#4a5a5d";
const jade = "#0b665f";
const paper = "#ffffff";
const centre = page.width / 2;
const codeTop = band + 74;

const words = {
  scan: { zh: "扫码付款", en: "Scan to pay" },
  check: {
    zh: "请核对付款页显示的名称与此一致",
    en: "Check that the page you pay on shows this name",
  },
};

type Text = { text: string; y: number; size: number; colour: string; bold?: boolean; mono?: boolean };

/** What stands on the page, for both kinds of file. `y` is the upper edge of a line. */
function textsOf(row: CodeRow): Text[] {
  const { zh, en } = row.store_name;
  const below = codeTop + side;
  return [
    { text: words.scan.zh, y: 26, size: 34, colour: paper, bold: true },
    { text: words.scan.en, y: 72, size: 20, colour: paper },
    { text: zh, y: band + 16, size: 22, colour: ink, bold: true },
    ...(en === zh ? [] : [{ text: en, y: band + 46, size: 14, colour: ink }]),
    { text: words.check.zh, y: below + 8, size: 12, colour: ink },
    { text: words.check.en, y: below + 26, size: 11, colour: ink },
    ...(sameName(row)
      ? []
      : [
          {
            text: `${row.merchant_name.zh} · ${row.merchant_name.en}`,
            y: below + 54,
            size: 10,
            colour: inkMuted,
          },
        ]),
    { text: `${row.currency} · ${row.id}`, y: below + 74, size: 9, colour: inkMuted },
  ];
}

const sameName = ({ merchant_name: merchant, store_name: store }: CodeRow): boolean =>
  merchant.en === store.en && merchant.zh === store.zh;

/** The code as an SVG page of 148 × 210 mm: sharp at every size, with its words as text. */
export async function* svgFile(row: CodeRow): AsyncGenerator<string> {
  const modules = modulesOf(row.payload);
  const unit = side / modules.length;
  const left = centre - side / 2;
  const path = darkRuns(modules)
    .map(
      ({ x, y, width }) =>
        `M${at(left + x * unit)} ${at(codeTop + y * unit)}h${at(width * unit)}v${at(unit)}h${at(-width * unit)}z`,
    )
    .join("");
  const lines = textsOf(row).map(
    ({ text, y, size, colour, bold }) =>
      `<text x="${at(centre)}" y="${at(y + size)}" font-size="${size}" fill="${colour}"${bold ? ' font-weight="700"' : ""}${fitted(text, size)}>${escaped(text)}</text>`,
  );
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="210mm" viewBox="0 0 ${page.width} ${page.height}" role="img" font-family="'Noto Sans SC','Noto Sans Hans','PingFang SC','Microsoft YaHei',sans-serif" text-anchor="middle">
<title>${escaped(`${row.store_name.zh} · ${row.store_name.en} · ${words.scan.zh} ${words.scan.en}`)}</title>
<rect width="100%" height="100%" fill="${paper}"/>
<rect width="100%" height="${band}" fill="${jade}"/>
<path d="${path}" fill="#000000" shape-rendering="crispEdges"/>
${lines.join("\n")}
</svg>
`;
}

const fontFile = (weight: "Regular" | "Bold") =>
  readFile(new URL(`../fonts/NotoSansHans-${weight}.otf`, import.meta.resolve("@embedpdf/fonts-sc")));

/** The code as a PDF page of A5, drawn as shapes, with the letters it uses embedded. The same code, the same bytes. */
export async function* pdfFile(row: CodeRow): AsyncGenerator<Uint8Array> {
  const [regular, bold] = await Promise.all([fontFile("Regular"), fontFile("Bold")]);
  const title = `${row.store_name.zh} · ${words.scan.zh} ${words.scan.en}`;
  const pdf = new PDFDocument({
    size: [page.width, page.height],
    margin: 0,
    pdfVersion: "1.7",
    tagged: true,
    lang: "zh-CN",
    displayTitle: true,
    info: { Title: title, Author: "Jinqiao", CreationDate: row.created_at, ModDate: row.created_at },
  });
  pdf.registerFont("regular", regular);
  pdf.registerFont("bold", bold);
  const root = pdf.struct("Document");
  pdf.addStructure(root);
  pdf.rect(0, 0, page.width, band).fill(jade);
  root.add(
    pdf.struct("Figure", { alt: `QR: ${row.payload}` }, () => {
      const modules = modulesOf(row.payload);
      const unit = side / modules.length;
      for (const { x, y, width } of darkRuns(modules))
        pdf.rect(centre - side / 2 + x * unit, codeTop + y * unit, width * unit, unit);
      pdf.fill("#000000");
    }),
  );
  for (const { text, y, size, colour, bold: heavy } of textsOf(row))
    root.add(
      pdf.struct("P", {}, () => {
        pdf.font(heavy ? "bold" : "regular").fontSize(size);
        const wide = pdf.widthOfString(text);
        const room = page.width - 2 * margin;
        if (wide > room) pdf.fontSize((size * room) / wide);
        pdf.fillColor(colour).text(text, margin, y, { width: room, align: "center", lineBreak: false });
      }),
    );
  root.end();
  pdf.end();
  yield* pdf as AsyncIterable<Uint8Array>;
}

/** Dark modules side by side as one shape each: no hair lines between them, and a small file. */
function darkRuns(modules: readonly (readonly boolean[])[]): { x: number; y: number; width: number }[] {
  return modules.flatMap((line, y) => {
    const runs: { x: number; y: number; width: number }[] = [];
    for (let x = 0; x < line.length; x += 1) {
      if (!line[x]) continue;
      let end = x;
      while (line[end + 1]) end += 1;
      runs.push({ x, y, width: end - x + 1 });
      x = end;
    }
    return runs;
  });
}

const at = (value: number): string => String(Math.round(value * 1_000) / 1_000);

/** Long names are drawn narrower instead of leaving the page. A Chinese letter is about as wide as it is high. */
function fitted(text: string, size: number): string {
  const wide = [...text].reduce((sum, sign) => sum + (sign > "\u2e80" ? size : size * 0.58), 0);
  const room = page.width - 2 * margin;
  return wide > room ? ` textLength="${at(room)}" lengthAdjust="spacingAndGlyphs"` : "";
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
