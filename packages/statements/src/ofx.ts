import { type MarkupToken, markupTokens } from "./markup.ts";
import {
  emptyStatement,
  plainLine,
  type Remark,
  type Statement,
  type StatementFile,
  type Tag,
} from "./statement.ts";
import { StatementError } from "./statement-error.ts";
import { currencyOf, looseAmount, plainDate } from "./values.ts";

/** An aggregate or an element; an element has a value. */
type Node = { name: string; value: string; children: Node[]; line: number };

const maxDepth = 64;

export function isOfx(text: string): boolean {
  const head = text.slice(0, 2_000);
  return /^\s*OFXHEADER\s*:/.test(head) || /<\?OFX\s/i.test(head) || /<OFX>/i.test(head);
}

/** The encoding that the header of OFX 1 names. */
export function ofxEncoding(head: string): string | undefined {
  const charset = /^\s*CHARSET\s*:\s*(\S+)/m.exec(head)?.[1];
  return charset === "1252" ? "windows-1252" : charset === "936" ? "gb18030" : undefined;
}

/**
 * Reads Open Financial Exchange 1.x (SGML, ends of elements left out) and 2.x (XML): bank, credit card and investment
 * statements (OFX 2.3, sections 11 and 13). Of investments only what moves cash becomes a line; positions are kept as
 * tags.
 * @throws StatementError with the line
 */
export function readOfx(text: string): StatementFile {
  const start = text.search(/<OFX>/i);
  if (start < 0) throw new StatementError("no_statement", null, "<OFX>");
  const firstLine = text.slice(0, start).split("\n").length - 1;
  // A file that declares entities in front of its root is refused as well.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.slice(0, start))) throw new StatementError("markup_forbidden", 1);
  const root = treeOf(shifted(markupTokens(text.slice(start)), firstLine));
  const found = [...all(root, ["STMTRS", "CCSTMTRS", "INVSTMTRS"])];
  if (found.length === 0) throw new StatementError("no_statement", null, contentOf(root));
  const remarks: Remark[] = [];
  return { format: "ofx", statements: found.map((node) => statementOf(node, remarks)), remarks };
}

function contentOf(root: Node): { en: string; zh: string } {
  const sets = root.children.flatMap((ofx) => ofx.children).map(({ name }) => name);
  return sets.includes("SIGNUPMSGSRSV1")
    ? { en: "it only lists accounts", zh: "仅列出账户" }
    : { en: "it only answers a sign-on", zh: "仅为登录应答" };
}

function* shifted(tokens: Iterable<MarkupToken>, by: number): Generator<MarkupToken> {
  for (const token of tokens) yield { ...token, line: token.line + by };
}

/**
 * Elements of OFX 1 have no end tag, and some banks leave out those of aggregates. An end tag closes everything open
 * since its begin tag; what was opened in between and holds nothing was an empty element.
 */
function treeOf(tokens: Iterable<MarkupToken>): Node {
  const root: Node = { name: "", value: "", children: [], line: 1 };
  const open: Node[] = [root];
  const top = () => open.at(-1) as Node;
  for (const token of tokens) {
    if (token.kind === "text") {
      const node = top();
      // Text behind a begin tag makes an element of it; it ends with its text.
      if (node.children.length === 0 && node !== root) {
        node.value += token.text.trim();
        open.pop();
      }
      continue;
    }
    if (token.kind === "open") {
      const node: Node = { name: token.name.toUpperCase(), value: "", children: [], line: token.line };
      top().children.push(node);
      if (token.empty) continue;
      if (open.length >= maxDepth)
        throw new StatementError("markup_malformed", token.line, `<${token.name}>`);
      open.push(node);
      continue;
    }
    const name = token.name.toUpperCase();
    const at = open.findLastIndex((node) => node.name === name);
    if (at <= 0) {
      // The end tag of an element that its text has ended already.
      continue;
    }
    // Empty elements without an end tag took in their later brothers: give them back.
    for (const node of open.splice(at + 1)) {
      const parent = [...open].reverse().find((one) => one.children.includes(node)) ?? top();
      parent.children.push(...node.children.splice(0));
    }
    open.length = at;
  }
  return root;
}

function* all(node: Node, names: readonly string[]): Generator<Node> {
  for (const child of node.children) {
    if (names.includes(child.name)) yield child;
    else yield* all(child, names);
  }
}

const child = (node: Node | undefined, name: string): Node | undefined =>
  node?.children.find((one) => one.name === name);
const value = (node: Node | undefined, name: string): string | null => child(node, name)?.value || null;

function statementOf(node: Node, remarks: Remark[]): Statement {
  const statement = emptyStatement();
  const currency = value(node, "CURDEF");
  if (currency === null) throw new StatementError("currency_missing", node.line);
  statement.currency = currencyOf(currency, node.line);
  const from = child(node, "BANKACCTFROM") ?? child(node, "CCACCTFROM") ?? child(node, "INVACCTFROM");
  statement.account = {
    number: value(from, "ACCTID"),
    bank: value(from, "BANKID") ?? value(from, "BROKERID"),
    name: value(from, "ACCTTYPE"),
    owner: null,
  };
  for (const name of ["BRANCHID", "ACCTKEY"]) keep(statement.tags, name, value(from, name));
  statement.closing = balanceOf(child(node, "LEDGERBAL"), statement.currency, remarks);
  statement.available = balanceOf(child(node, "AVAILBAL"), statement.currency, remarks);
  const list = child(node, "BANKTRANLIST") ?? child(node, "INVTRANLIST");
  statement.from = dateOf(child(list, "DTSTART"))?.date ?? null;
  statement.to = dateOf(child(list, "DTEND"))?.date ?? null;
  for (const one of list?.children ?? []) {
    if (one.name === "STMTTRN") statement.lines.push(lineOf(one, statement.currency));
    else if (one.name === "INVBANKTRAN")
      for (const inner of one.children.filter(({ name }) => name === "STMTTRN"))
        statement.lines.push(lineOf(inner, statement.currency));
    else if (one.children.length > 0) {
      const trade = tradeOf(one, statement.currency);
      if (trade === undefined) statement.tags.push(...flat(one, one.name));
      else statement.lines.push(trade);
    }
  }
  const told = [
    "CURDEF",
    "BANKACCTFROM",
    "CCACCTFROM",
    "INVACCTFROM",
    "LEDGERBAL",
    "AVAILBAL",
    "BANKTRANLIST",
    "INVTRANLIST",
  ];
  for (const one of node.children) if (!told.includes(one.name)) statement.tags.push(...flat(one, one.name));
  return statement;
}

function keep(tags: Tag[], name: string, text: string | null): void {
  if (text !== null) tags.push({ name, value: text });
}

function balanceOf(node: Node | undefined, currency: string, remarks: Remark[]) {
  if (node === undefined) return null;
  const amount = value(node, "BALAMT");
  if (amount === null) {
    remarks.push({
      line: node.line,
      text: { en: "This balance is empty and was left out.", zh: "此余额为空，已忽略。" },
    });
    return null;
  }
  return {
    amountMinor: looseAmount(amount, currency, child(node, "BALAMT")?.line ?? node.line),
    currency,
    date: dateOf(child(node, "DTASOF"))?.date ?? null,
  };
}

/** `20130525225731.258[-5:EST]`: the day is the bank's own, as written. */
function dateOf(node: Node | undefined): { date: string; time: string | null } | undefined {
  if (node === undefined || node.value === "") return undefined;
  const [, year, month, day, time] =
    /^(\d{4})(\d{2})(\d{2})(?:(\d{4}(?:\d{2})?)(?:\.\d{1,6})?)?(?:\[[^\]]*\])?$/.exec(node.value) ?? [];
  if (year === undefined) throw new StatementError("date_invalid", node.line, node.value);
  const where = { line: node.line, text: node.value };
  return {
    date: plainDate(Number(year), Number(month), Number(day), where),
    time: time === undefined ? null : `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4, 6) || "00"}`,
  };
}

const toldOfLine = ["TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", "NAME", "MEMO", "REFNUM", "DTAVAIL"];

function lineOf(node: Node, currency: string) {
  const posted = dateOf(child(node, "DTPOSTED"));
  if (posted === undefined) throw new StatementError("date_missing", node.line);
  const amount = child(node, "TRNAMT");
  if (amount === undefined || amount.value === "") throw new StatementError("amount_missing", node.line);
  // Inside CURRENCY the amount is in that currency; ORIGCURRENCY only tells what it was before.
  const own = value(child(node, "CURRENCY"), "CURSYM");
  const inCurrency = own === null ? currency : currencyOf(own, node.line);
  if (!/^[+-]?\d*[.,]?\d*$/.test(amount.value))
    throw new StatementError("amount_invalid", amount.line, amount.value);
  const minor = looseAmount(amount.value, inCurrency, amount.line);
  const payee = child(node, "PAYEE");
  const other = child(node, "BANKACCTTO") ?? child(node, "CCACCTTO");
  const reference = value(node, "REFNUM");
  const told = [...toldOfLine, ...(own === null ? [] : ["CURRENCY"])];
  return plainLine({
    line: node.line,
    bookingDate: posted.date,
    valueDate: dateOf(child(node, "DTAVAIL"))?.date ?? null,
    time: posted.time,
    amountMinor: minor < 0n ? -minor : minor,
    currency: inCurrency,
    direction: minor < 0n ? "debit" : "credit",
    counterparty: {
      name: value(node, "NAME") ?? value(payee, "NAME"),
      account: value(other, "ACCTID"),
      bank: value(other, "BANKID"),
    },
    description: value(node, "MEMO"),
    references: reference === null ? {} : { customer: reference },
    code: value(node, "TRNTYPE"),
    bankId: value(node, "FITID"),
    tags: node.children.filter(({ name }) => !told.includes(name)).flatMap((one) => flat(one, one.name)),
  });
}

/** A trade that moved cash has a TOTAL; a movement of units alone has none. */
function tradeOf(node: Node, currency: string) {
  const total = [...all(node, ["TOTAL"])][0];
  const [traded] = [...all(node, ["DTSETTLE"])].concat([...all(node, ["DTTRADE"])]);
  if (total === undefined) return undefined;
  const date = dateOf(traded);
  if (date === undefined) throw new StatementError("date_missing", node.line);
  const minor = looseAmount(total.value, currency, total.line);
  return plainLine({
    line: node.line,
    bookingDate: date.date,
    amountMinor: minor < 0n ? -minor : minor,
    currency,
    direction: minor < 0n ? "debit" : "credit",
    description: [...all(node, ["MEMO"])][0]?.value ?? null,
    code: node.name,
    bankId: [...all(node, ["FITID"])][0]?.value ?? null,
    tags: flat(node, node.name).filter(({ name }) => !/\/(?:TOTAL|MEMO|FITID)$/.test(name)),
  });
}

/** Everything below a node as tags, each under its path. */
function flat(node: Node, path: string): Tag[] {
  if (node.children.length === 0) return node.value === "" ? [] : [{ name: path, value: node.value }];
  return node.children.flatMap((one) => flat(one, `${path}/${one.name}`));
}
