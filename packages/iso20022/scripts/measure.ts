import { readStatements } from "../src/index.ts";

/**
 * `npm run measure -w @jinqiao/iso20022`: reads a generated camt.053 of 100 MB (or of as many megabytes as the argument
 * says) and a file of each hostile kind, and prints times and memory. Fails if the large file does not add up, if it
 * needs more than 500 MB, or if a hostile file is not refused within a second.
 */
const megabytes = Number(process.argv[2] ?? "100");
if (!Number.isInteger(megabytes) || megabytes < 1 || megabytes > 2000) {
  process.stderr.write("Say how many megabytes, from 1 to 2000.\n");
  process.exit(2);
}

const size = megabytes * 1_000_000;
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 20);
const started = performance.now();
const usedBefore = process.cpuUsage();
let entries = 0;
let bytes = 0;
const findings: string[] = [];
for await (const event of readStatements(counted(largeFile(size)))) {
  if (event.type === "entry") entries += 1;
  if (event.type === "statementEnd") findings.push(...event.findings.map(({ text }) => text.en));
}
const seconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(usedBefore);
const processor = (used.user + used.system) / 1e6;
clearInterval(watch);
peak = Math.max(peak, process.memoryUsage.rss());
process.stdout.write(
  `camt.053 of ${(bytes / 1e6).toFixed(0)} MB, ${entries} entries: ${seconds.toFixed(1)} s (${processor.toFixed(1)} s of processor time, with the making of the file), at most ${(peak / 1e6).toFixed(0)} MB of memory\n`,
);
if (findings.length > 0) fail(findings.join("\n"));
if (peak > 500e6) fail("It took more than 500 MB.");

const levels = Array.from(
  { length: 30 },
  (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
);
const hostile: Record<string, string> = {
  "an entity bomb of 30 levels": `<!DOCTYPE x [<!ENTITY e0 "boom">${levels.join("")}]><Document>&e30;</Document>`,
  "an external entity": `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Document>&f;</Document>`,
  "a million nested elements": "<a>".repeat(1_000_000),
  "a text of 50 MB": `<Document>${"x".repeat(50_000_000)}</Document>`,
  "a name of 50 MB": `<${"x".repeat(50_000_000)}/>`,
  "a million attributes": `<Document ${Array.from({ length: 1_000_000 }, (_, index) => `a${index}=""`).join(" ")}/>`,
};
for (const [kind, text] of Object.entries(hostile)) {
  const bytes = new TextEncoder().encode(text);
  const began = performance.now();
  let refusal = "";
  try {
    for await (const _ of readStatements(bytes));
  } catch (error) {
    refusal = error instanceof Error ? error.message : String(error);
  }
  const took = performance.now() - began;
  process.stdout.write(`${kind}: ${took.toFixed(0)} ms, ${refusal || "READ"}\n`);
  if (refusal === "" || took > 1000) fail("It must be refused within a second.");
}

function fail(message: string): void {
  process.stdout.write(`${message}\n`);
  process.exitCode = 1;
}

async function* counted(source: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of source) {
    bytes += chunk.length;
    yield chunk;
  }
}

/** A statement that adds up, in chunks as a file is read, of the given size or a little more. */
function* largeFile(size: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const balance = (code: string, minor: bigint) =>
    `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${minor / 100n}.${String(minor % 100n).padStart(2, "0")}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>\n`;
  let total = 0n;
  let written = 0;
  let chunk: string[] = [
    `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>LARGE</MsgId><CreDtTm>2026-11-21T01:00:00Z</CreDtTm></GrpHdr><Stmt><Id>LARGE-1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>\n`,
    balance("OPBD", 0n),
  ];
  for (let index = 1; written < size; index += 1) {
    const cents = BigInt(index % 100);
    total += 100n + cents;
    chunk.push(
      `<Ntry><NtryRef>${index}</NtryRef><Amt Ccy="EUR">1.${String(cents).padStart(2, "0")}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt><AcctSvcrRef>BANK-${index}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>JQ-PAY-${index}</EndToEndId><TxId>TX-${index}</TxId></Refs><Amt Ccy="EUR">1.${String(cents).padStart(2, "0")}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>Customer ${index}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt><FinInstnId><BICFI>PSSTFRPPXXX</BICFI></FinInstnId></DbtrAgt></RltdAgts><RmtInf><Ustrd>Top-up of wallet ${index}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n`,
    );
    if (chunk.length < 64) continue;
    const bytes = encoder.encode(chunk.join(""));
    written += bytes.length;
    chunk = [];
    yield bytes;
  }
  // Behind the entries, against the order of the schema, because their total is known only here.
  yield encoder.encode(`${chunk.join("")}${balance("CLBD", total)}</Stmt></BkToCstmrStmt></Document>\n`);
}
