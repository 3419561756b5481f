import { describe, expect, it, test } from "vitest";
import {
  readCreditTransfers,
  readPaymentReturn,
  readPaymentStatus,
  readResolution,
  statusOf,
} from "../index.ts";
import { schemaErrors, vector } from "../testing/samples.ts";

const head = (definition: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${definition}">`;

/** An answer to message M1 with a group G1 of the payments E1 to E3, as a bank puts it that reports at three levels. */
function report(options: { message?: string; group?: string; payments?: string }): string {
  const { message = "", group = "", payments = "" } = options;
  return `${head("pain.002.001.11")}<CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-11-22T10:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>${message}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>G1</OrgnlPmtInfId>${group}${payments}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`;
}
const reason = (code: string, text = "") =>
  `<StsRsnInf><Rsn><Cd>${code}</Cd></Rsn>${text === "" ? "" : `<AddtlInf>${text}</AddtlInf>`}</StsRsnInf>`;
const payment = (id: string, status: string, more = "") =>
  `<TxInfAndSts><StsId>S-${id}</StsId><OrgnlInstrId>I-${id}</OrgnlInstrId><OrgnlEndToEndId>${id}</OrgnlEndToEndId><TxSts>${status}</TxSts>${more}</TxInfAndSts>`;

describe("a payment status report", () => {
  const mixed = report({
    group: "<PmtInfSts>PART</PmtInfSts>",
    payments:
      payment(
        "E1",
        "ACSC",
        "<AccptncDtTm>2026-11-22T10:00:00Z</AccptncDtTm><AcctSvcrRef>BANK-1</AcctSvcrRef>",
      ) + payment("E2", "RJCT", reason("AC04", "closed in May")),
  });

  it("is read at all of its levels", async () => {
    expect(await schemaErrors(mixed, "pain.002.001.11")).toEqual([]);
    expect(await readPaymentStatus(mixed)).toMatchObject({
      messageId: "R1",
      original: { messageId: "M1", definition: "pain.001.001.09" },
      status: null,
      groups: [
        {
          originalId: "G1",
          status: "PART",
          transactions: [
            {
              originalEndToEndId: "E1",
              status: "ACSC",
              accountServicerReference: "BANK-1",
              acceptedAt: "2026-11-22T10:00:00Z",
            },
            {
              originalEndToEndId: "E2",
              status: "RJCT",
              reasons: [{ code: "AC04", information: ["closed in May"] }],
            },
          ],
        },
      ],
      findings: [],
    });
  });

  it.each([
    ["the payment's own, above all", mixed, "E2", "RJCT", ["AC04"]],
    [
      "the group's for a payment that is not listed",
      report({ group: `<PmtInfSts>RJCT</PmtInfSts>${reason("DT01")}` }),
      "E1",
      "RJCT",
      ["DT01"],
    ],
    [
      "the message's where the group has none",
      report({ message: `<GrpSts>RJCT</GrpSts>${reason("FF01")}` }),
      "E1",
      "RJCT",
      ["FF01"],
    ],
    [
      "its own with the reason of the group",
      report({ group: `<PmtInfSts>RJCT</PmtInfSts>${reason("AM04")}`, payments: payment("E1", "RJCT") }),
      "E1",
      "RJCT",
      ["AM04"],
    ],
    [
      "its own, although the message was rejected",
      report({ message: `<GrpSts>RJCT</GrpSts>${reason("FF01")}`, payments: payment("E1", "ACSC") }),
      "E1",
      "ACSC",
      [],
    ],
    ["none if its group is answered in part and it is not listed", mixed, "E3", null, []],
    ["none if nothing is said", report({}), "E1", null, []],
  ] as const)("gives a payment %s", async (_, file, endToEndId, status, codes) => {
    const found = statusOf(await readPaymentStatus(file), { groupId: "G1", endToEndId });
    expect(found?.status ?? null).toBe(status);
    expect(found?.reasons.map(({ code }) => code) ?? []).toEqual(codes);
  });

  it("of another group says nothing of a payment unless it speaks of the message", async () => {
    const read = await readPaymentStatus(mixed);
    expect(statusOf(read, { groupId: "G2", endToEndId: "E2" })).toBeNull();
  });

  it("is read as Swiss banks send it", async () => {
    const read = await readPaymentStatus(vector("samples/pain.002.001.03.ch.xml"));
    expect(statusOf(read, { groupId: "PmtInfoId", endToEndId: "EndToEndId-001-03-04" })).toBeNull();
    const found = statusOf(read, { groupId: "PmtInfId-001-03", endToEndId: "EndToEndId-001-03-04" });
    expect(found).toMatchObject({
      status: "RJCT",
      reasons: [{ code: "AC01", information: ["1301813;Konto ungültig"] }],
    });
    expect(found?.transaction?.extra).toEqual([
      { path: "OrgnlTxRef/IntrBkSttlmDt", value: "2018-03-16" },
      { path: "OrgnlTxRef/ReqdColltnDt", value: "2018-03-16" },
    ]);
  });
});

const agent = (bic: string) => `<Agt><FinInstnId><BICFI>${bic}</BICFI></FinInstnId></Agt>`;
const assignment = `<Assgnmt><Id>A1</Id><Assgnr>${agent("PSSTFRPP")}</Assgnr><Assgne>${agent("GRNTDEFF")}</Assgne><CreDtTm>2026-11-25T09:00:00Z</CreDtTm></Assgnmt>`;

describe("the answer to a recall", () => {
  const refused = `${head("camt.029.001.09")}<RsltnOfInvstgtn>${assignment}<RslvdCase><Id>CASE-1</Id><Cretr>${agent("GRNTDEFF")}</Cretr></RslvdCase><Sts><Conf>RJCR</Conf></Sts><CxlDtls><TxInfAndSts><CxlStsId>X1</CxlStsId><OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxCxlSts>RJCR</TxCxlSts><CxlStsRsnInf><Orgtr><Nm>The payee</Nm></Orgtr><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf><OrgnlIntrBkSttlmAmt Ccy="EUR">165.88</OrgnlIntrBkSttlmAmt></TxInfAndSts></CxlDtls></RsltnOfInvstgtn></Document>`;
  const granted = `${head("camt.029.001.09")}<RsltnOfInvstgtn>${assignment}<Sts><Conf>CNCL</Conf></Sts><CxlDtls><OrgnlPmtInfAndSts><OrgnlPmtInfId>G1</OrgnlPmtInfId><TxInfAndSts><OrgnlInstrId>I1</OrgnlInstrId><UETR>7e8f1f3a-2b7c-4d6e-9c1a-0a1b2c3d4e5f</UETR><TxCxlSts>ACCR</TxCxlSts></TxInfAndSts></OrgnlPmtInfAndSts></CxlDtls></RsltnOfInvstgtn></Document>`;

  it("between banks: refused, by whom and why", async () => {
    expect(await schemaErrors(refused, "camt.029.001.09")).toEqual([]);
    expect(await readResolution(refused)).toMatchObject({
      id: "A1",
      caseId: "CASE-1",
      confirmation: "RJCR",
      transactions: [
        {
          cancellationStatusId: "X1",
          originalMessageId: "M1",
          originalEndToEndId: "E1",
          originalAmount: { minor: 16588n, currency: "EUR" },
          status: "RJCR",
          reasons: [{ code: "CUST", originator: "The payee" }],
        },
      ],
    });
  });

  it("to a customer: granted", async () => {
    expect(await schemaErrors(granted, "camt.029.001.09")).toEqual([]);
    expect(await readResolution(granted)).toMatchObject({
      confirmation: "CNCL",
      transactions: [
        { originalInstructionId: "I1", originalUetr: "7e8f1f3a-2b7c-4d6e-9c1a-0a1b2c3d4e5f", status: "ACCR" },
      ],
      extra: expect.arrayContaining([{ path: "CxlDtls/OrgnlPmtInfAndSts/OrgnlPmtInfId", value: "G1" }]),
    });
  });
});

describe("a payment return", () => {
  const file = (count: number) =>
    `${head("pacs.004.001.10")}<PmtRtr><GrpHdr><MsgId>P1</MsgId><CreDtTm>2026-11-24T08:00:00Z</CreDtTm><NbOfTxs>${count}</NbOfTxs><IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr><OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf></OrgnlGrpInf><TxInf><RtrId>T1</RtrId><OrgnlEndToEndId>E1</OrgnlEndToEndId><OrgnlIntrBkSttlmAmt Ccy="EUR">165.88</OrgnlIntrBkSttlmAmt><RtrdIntrBkSttlmAmt Ccy="EUR">160.88</RtrdIntrBkSttlmAmt></TxInf><TxInf><RtrId>T2</RtrId><OrgnlEndToEndId>E2</OrgnlEndToEndId><RtrdIntrBkSttlmAmt Ccy="EUR">1</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt><RtrRsnInf><Rsn><Cd>FOCR</Cd></Rsn></RtrRsnInf></TxInf></PmtRtr></Document>`;

  it("is read; what the group says holds for those who say nothing else", async () => {
    expect(await schemaErrors(file(2), "pacs.004.001.10")).toEqual([]);
    expect(await readPaymentReturn(file(2))).toMatchObject({
      messageId: "P1",
      findings: [],
      transactions: [
        {
          returnId: "T1",
          originalMessageId: "M1",
          originalEndToEndId: "E1",
          originalAmount: { minor: 16588n, currency: "EUR" },
          returned: { minor: 16088n, currency: "EUR" },
          settlementDate: "2026-11-24",
          reasons: [{ code: "AC04" }],
        },
        {
          returnId: "T2",
          returned: { minor: 100n },
          settlementDate: "2026-11-25",
          reasons: [{ code: "FOCR" }],
        },
      ],
    });
  });

  it("that counts wrong says so", async () => {
    const { findings } = await readPaymentReturn(file(3));
    expect(findings.map(({ code }) => code)).toEqual(["controlSumDiffers"]);
  });
});

test("a credit transfer file whose sums are wrong says so, at the level where they are", async () => {
  const sample = vector("samples/pain.001.001.03.lt.xml").toString();
  expect((await readCreditTransfers(sample)).findings).toEqual([]);
  const changed = sample.replace(/(<InstdAmt[^>]*>)[\d.]+/, "$199.98");
  const { findings } = await readCreditTransfers(changed);
  expect(findings.length).toBeGreaterThan(0);
  expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(["controlSumDiffers"]));
});
