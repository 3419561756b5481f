import { describe, expect, it } from "vitest";
import { readAllStatements } from "../index.ts";
import { schema, schemaErrors } from "../testing/samples.ts";

/** One account with one entry that says all that every version can say, in the words of that version. */
function document(message: "camt.052" | "camt.053" | "camt.054", version: number): string {
  const [body, part] = {
    "camt.052": ["BkToCstmrAcctRpt", "Rpt"],
    "camt.053": ["BkToCstmrStmt", "Stmt"],
    "camt.054": ["BkToCstmrDbtCdtNtfctn", "Ntfctn"],
  }[message] as [string, string];
  const from = (first: number, text: string) => (version >= first ? text : "");
  const until = (last: number, text: string) => (version <= last ? text : "");
  const iban = (number: string) => `<Id><IBAN>${number}</IBAN></Id>`;
  const bank = (code: string) =>
    `<FinInstnId>${until(2, `<BIC>${code}</BIC>`)}${from(3, `<BICFI>${code}</BICFI>`)}</FinInstnId>`;
  const party = (name: string) => `${from(7, "<Pty>")}<Nm>${name}</Nm>${from(7, "</Pty>")}`;
  const balance = (code: string, amount: string) =>
    `<Bal><Tp>${from(2, "<CdOrPrtry>")}<Cd>${code}</Cd>${from(2, "</CdOrPrtry>")}</Tp><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>`;
  const code = `<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>166</Cd><Issr>ZKA</Issr></Prtry></BkTxCd>`;
  const rate = `<InstdAmt><Amt Ccy="CNY">80.00</Amt><CcyXchg><SrcCcy>CNY</SrcCcy><TrgtCcy>EUR</TrgtCcy><XchgRate>8</XchgRate></CcyXchg></InstdAmt>`;
  const batch = `<Btch><MsgId>M9</MsgId><NbOfTxs>1</NbOfTxs></Btch>`;
  const charges = `<Chrgs>${from(3, "<Rcrd>")}<Amt Ccy="EUR">0.35</Amt>${from(2, "<CdtDbtInd>DBIT</CdtDbtInd>")}${from(3, "</Rcrd>")}</Chrgs>`;
  const returned = version === 1 ? "RtrRsn" : "Rsn";
  const details = `<TxDtls><Refs><AcctSvcrRef>B1</AcctSvcrRef><InstrId>I1</InstrId><EndToEndId>E1</EndToEndId><TxId>T1</TxId><MndtId>MN1</MndtId><ChqNb>Q1</ChqNb><ClrSysRef>C1</ClrSysRef></Refs>${from(3, '<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>')}<AmtDtls>${rate}<TxAmt><Amt Ccy="EUR">10.00</Amt></TxAmt></AmtDtls>${charges}<RltdPties><Dbtr>${party("Wang Fang")}</Dbtr><DbtrAcct>${iban("FR1420041010050500013M02606")}</DbtrAcct><Cdtr>${party("Jinqiao")}</Cdtr></RltdPties><RltdAgts><DbtrAgt>${bank("PSSTFRPP")}</DbtrAgt></RltdAgts><Purp><Cd>GDDS</Cd></Purp><RmtInf><Ustrd>Top-up</Ustrd></RmtInf><RtrInf><${returned}><Cd>AC04</Cd></${returned}></RtrInf><AddtlTxInf>more</AddtlTxInf></TxDtls>`;
  const entry = `<Ntry>${from(3, "<NtryRef>N1</NtryRef>")}<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd><Sts>${from(7, "<Cd>")}BOOK${from(7, "</Cd>")}</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-21</Dt></ValDt><AcctSvcrRef>A1</AcctSvcrRef>${code}${from(2, "<NtryDtls>")}${batch}${details}${from(2, "</NtryDtls>")}<AddtlNtryInf>note</AddtlNtryInf></Ntry>`;
  const suffix = until(1, "V01");
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${message}.001.${String(version).padStart(2, "0")}"><${body}${suffix}><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T01:00:00Z</CreDtTm></GrpHdr><${part}><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-11-21T01:00:00Z</CreDtTm><Acct>${iban("DE89370400440532013000")}<Ccy>EUR</Ccy><Svcr>${bank("GRNTDEFF")}</Svcr></Acct>${message === "camt.054" ? "" : balance("OPBD", "5.00") + balance("CLBD", "15.00")}${entry}</${part}></${body}${suffix}></Document>`;
}

const messages = ["camt.052", "camt.053", "camt.054"] as const;
const versions = Array.from({ length: 13 }, (_, index) => index + 1);
const all = messages.flatMap((message) =>
  versions.map((version) => ({
    message,
    version,
    identifier: `${message}.001.${String(version).padStart(2, "0")}`,
  })),
);

/** The same of every version; what an old one cannot say is `null`. */
function expected(message: string, version: number): object {
  const euros = (minor: bigint) => ({ minor, currency: "EUR" });
  const transactionCode = {
    domain: "PMNT",
    family: "RCDT",
    subfamily: "ESCT",
    proprietary: { code: "166", issuer: "ZKA" },
  };
  return {
    message: { messageId: "M1", extra: [] },
    findings: [],
    statements: [
      {
        kind: { "camt.052": "report", "camt.053": "statement", "camt.054": "notification" }[message],
        id: "S1",
        electronicSequence: "7",
        account: { iban: "DE89370400440532013000", currency: "EUR", servicer: { bic: "GRNTDEFF" } },
        balances:
          message === "camt.054"
            ? []
            : [
                { code: "OPBD", amount: euros(500n) },
                { code: "CLBD", amount: euros(1500n) },
              ],
        findings: [],
        extra: [],
        entries: [
          {
            reference: version >= 3 ? "N1" : null,
            amount: euros(1000n),
            direction: "credit",
            reversal: false,
            status: "BOOK",
            bookingDate: { date: "2026-11-20" },
            valueDate: { date: "2026-11-21" },
            accountServicerReference: "A1",
            transactionCode,
            additionalInformation: "note",
            extra: [],
            details: [
              {
                batch: { messageId: "M9", count: 1 },
                transactions: [
                  {
                    references: {
                      accountServicerReference: "B1",
                      instructionId: "I1",
                      endToEndId: "E1",
                      transactionId: "T1",
                      mandateId: "MN1",
                      chequeNumber: "Q1",
                      clearingSystemReference: "C1",
                    },
                    amount: version >= 3 ? euros(1000n) : null,
                    transactionAmount: { amount: euros(1000n) },
                    instructed: {
                      amount: { minor: 8000n, currency: "CNY" },
                      exchange: { source: "CNY", target: "EUR", rate: "8" },
                    },
                    charges: { records: [{ amount: euros(35n), direction: version >= 2 ? "debit" : null }] },
                    debtor: { name: "Wang Fang" },
                    debtorAccount: { iban: "FR1420041010050500013M02606" },
                    debtorAgent: { bic: "PSSTFRPP" },
                    creditor: { name: "Jinqiao" },
                    purpose: "GDDS",
                    remittance: { unstructured: ["Top-up"] },
                    returned: { code: "AC04" },
                    additionalInformation: "more",
                    extra: [],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

describe("every version says the same", () => {
  it.each(all)("$identifier", async ({ message, version }) => {
    expect(await readAllStatements(document(message, version))).toMatchObject(expected(message, version));
  });

  const known = all.filter(({ identifier }) => schema(identifier) !== undefined);
  it.each(known)(
    "$identifier, as this test writes it, is valid",
    async ({ message, version, identifier }) => {
      expect(await schemaErrors(document(message, version), identifier)).toEqual([]);
    },
  );
});
