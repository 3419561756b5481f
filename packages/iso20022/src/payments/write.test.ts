import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  type CancellationRequest,
  type CreditTransferInitiation,
  type DirectDebitInitiation,
  InvalidMessageError,
  readCancellationRequest,
  readCreditTransfers,
  readDirectDebits,
  toSepaText,
  writeCancellationRequest,
  writeCreditTransfers,
  writeDirectDebits,
} from "../index.ts";
import { schemaErrors } from "../testing/samples.ts";
import type { Account, Agent, GenericId, Party, Remittance } from "../types.ts";
import type { WrittenAccount, WrittenAgent, WrittenParty, WrittenRemittance } from "./types.ts";

const transfers: CreditTransferInitiation = {
  messageId: "JQ-20261122-0001",
  createdAt: "2026-11-22T10:00:00+01:00",
  initiatingParty: { name: "Jinqiao", ids: [{ id: "GRANITE-77", scheme: "CUST", issuer: null }] },
  groups: [
    {
      id: "JQ-20261122-0001-1",
      batchBooking: false,
      serviceLevel: "SEPA",
      localInstrument: "INST",
      executionDate: "2026-11-23",
      debtor: { name: "Jinqiao", address: { country: "DE", town: "Berlin" } },
      debtorAccount: { iban: "DE89370400440532013000", currency: "EUR" },
      chargeBearer: "SLEV",
      transfers: [
        {
          endToEndId: "JQ-PAY-1",
          uetr: "7e8f1f3a-2b7c-4d6e-9c1a-0a1b2c3d4e5f",
          amount: { minor: 16588n, currency: "EUR" },
          creditor: { name: "林晓 & Söhne" },
          creditorAccount: { iban: "FR1420041010050500013M02606" },
          creditorAgent: { bic: "PSSTFRPPXXX" },
          purpose: "GDDS",
          remittance: { reference: { value: "RF18539007547034" } },
        },
      ],
    },
  ],
};
const [group] = transfers.groups as [CreditTransferInitiation["groups"][number]];
const [transfer] = group.transfers as [(typeof group.transfers)[number]];
const withTransfer = (change: object): CreditTransferInitiation => ({
  ...transfers,
  groups: [{ ...group, transfers: [{ ...transfer, ...change }] }],
});
const withGroup = (change: object): CreditTransferInitiation => ({
  ...transfers,
  groups: [{ ...group, ...change }],
});

const debits: DirectDebitInitiation = {
  messageId: "JQ-DD-1",
  createdAt: "2026-11-22T10:00:00Z",
  initiatingParty: { name: "Jinqiao" },
  groups: [
    {
      id: "JQ-DD-1-1",
      serviceLevel: "SEPA",
      localInstrument: "CORE",
      sequenceType: "RCUR",
      collectionDate: "2026-12-01",
      creditor: { name: "Jinqiao" },
      creditorAccount: { iban: "DE89370400440532013000" },
      creditorSchemeId: "DE98ZZZ09999999999",
      debits: [
        {
          endToEndId: "JQ-TOP-UP-1",
          amount: { minor: 5000n, currency: "EUR" },
          mandate: { id: "MANDATE-1", signedOn: "2026-10-01" },
          debtor: { name: "Wang Fang" },
          debtorAccount: { iban: "FR1420041010050500013M02606" },
          remittance: { unstructured: "Top-up" },
        },
      ],
    },
  ],
};

const recall: CancellationRequest = {
  id: "JQ-RC-1",
  createdAt: "2026-11-24T10:00:00Z",
  assigner: { bic: "JINQDEFF" },
  assignee: { clearing: { system: "CNAPS", id: "102100099996" } },
  caseId: "CASE-1",
  transactions: [
    {
      cancellationId: "JQ-RC-1-1",
      original: {
        messageId: transfers.messageId,
        messageName: "pain.001.001.09",
        endToEndId: "JQ-PAY-1",
        amount: { minor: 16588n, currency: "EUR" },
        settlementDate: "2026-11-23",
      },
      reason: "DUPL",
      information: ["Sent twice"],
    },
  ],
};

describe("a credit transfer is written", () => {
  it.each(["pain.001.001.09", "pain.001.001.03"] as const)("as %s, valid and readable", async (version) => {
    const document = writeCreditTransfers(transfers, { version });
    expect(await schemaErrors(document, version)).toEqual([]);
    const read = await readCreditTransfers(document);
    expect(read).toMatchObject({
      definition: { identifier: version },
      messageId: "JQ-20261122-0001",
      count: 1,
      controlSum: "165.88",
      findings: [],
      extra: [],
      groups: [
        {
          method: "TRF",
          debtorAgent: null,
          executionDate: { date: "2026-11-23" },
          extra: [],
          transfers: [
            {
              endToEndId: "JQ-PAY-1",
              uetr: version === "pain.001.001.09" ? transfer.uetr : null,
              amount: transfer.amount,
              creditor: { name: "LinXiao + Sohne" },
              remittance: { structured: [{ reference: "RF18539007547034", referenceType: "SCOR" }] },
              extra: [],
            },
          ],
        },
      ],
    });
  });

  it("in the characters of the payee where the bank takes them", async () => {
    const document = writeCreditTransfers(transfers, { version: "pain.001.001.09", characters: "unicode" });
    expect(await schemaErrors(document, "pain.001.001.09")).toEqual([]);
    const read = await readCreditTransfers(document);
    expect(read.groups[0]?.transfers[0]?.creditor?.name).toBe("林晓 & Söhne");
  });

  it("with control sums over currencies of different decimals", async () => {
    const many = withGroup({
      serviceLevel: "URGP",
      transfers: [
        { ...transfer, endToEndId: "1", amount: { minor: 1500n, currency: "JPY" } },
        { ...transfer, endToEndId: "2", amount: { minor: 1n, currency: "KWD" } },
        { ...transfer, endToEndId: "3", amount: { minor: 99_999_999_999_999n, currency: "EUR" } },
      ],
    });
    const document = writeCreditTransfers(many, { version: "pain.001.001.09" });
    expect(await readCreditTransfers(document)).toMatchObject({
      controlSum: "1000000001499.991",
      findings: [],
    });
  });

  it("without a control sum that has more digits than the schema allows", async () => {
    const amount = { minor: 999_999_999_999_999_999n, currency: "EUR" };
    const many = withGroup({
      serviceLevel: "URGP",
      transfers: [
        { ...transfer, amount },
        { ...transfer, endToEndId: "2", amount },
      ],
    });
    const document = writeCreditTransfers(many, { version: "pain.001.001.09" });
    expect(await schemaErrors(document, "pain.001.001.09")).toEqual([]);
    expect(await readCreditTransfers(document)).toMatchObject({ controlSum: null, findings: [] });
  });

  const problemsOf = (
    message: CreditTransferInitiation,
    version: "pain.001.001.09" | "pain.001.001.03" = "pain.001.001.09",
  ) => {
    try {
      writeCreditTransfers(message, { version });
    } catch (error) {
      if (error instanceof InvalidMessageError) return error.problems;
      throw error;
    }
    return [];
  };
  const first = "groups[0].transfers[0]";
  it.each([
    ["nothing to pay", withGroup({ transfers: [] }), "groups"],
    ["an empty message id", { ...transfers, messageId: "" }, "messageId"],
    ["a message id of 36 characters", { ...transfers, messageId: "x".repeat(36) }, "messageId"],
    ["a message id with slashes at the edge", { ...transfers, messageId: "/a" }, "messageId"],
    ["an instant without zone", { ...transfers, createdAt: "2026-11-22T10:00:00" }, "createdAt"],
    ["a day that does not exist", withGroup({ executionDate: "2026-02-29" }), "groups[0].executionDate"],
    [
      "an IBAN with a wrong check number",
      withTransfer({ creditorAccount: { iban: "FR1420041010050500013M02607" } }),
      `${first}.creditorAccount.iban`,
    ],
    [
      "an IBAN in groups of four",
      withTransfer({ creditorAccount: { iban: "DE89 3704 0044 0532 0130 00" } }),
      `${first}.creditorAccount.iban`,
    ],
    [
      "a BIC of nine characters",
      withTransfer({ creditorAgent: { bic: "PSSTFRPPX" } }),
      `${first}.creditorAgent.bic`,
    ],
    ["nothing", withTransfer({ amount: { minor: 0n, currency: "EUR" } }), `${first}.amount`],
    ["less than nothing", withTransfer({ amount: { minor: -1n, currency: "EUR" } }), `${first}.amount`],
    ["dollars in SEPA", withTransfer({ amount: { minor: 1n, currency: "USD" } }), `${first}.amount`],
    [
      "a thousand million euros in SEPA",
      withTransfer({ amount: { minor: 100_000_000_000n, currency: "EUR" } }),
      `${first}.amount`,
    ],
    ["a currency of nobody", withTransfer({ amount: { minor: 1n, currency: "QQQ" } }), `${first}.amount`],
    ["a nameless payee", withTransfer({ creditor: { name: " " } }), `${first}.creditor.name`],
    [
      "a name too long to be told apart when cut",
      withTransfer({ creditor: { name: "x".repeat(71) } }),
      `${first}.creditor.name`,
    ],
    [
      "a name that gets too long in Latin letters",
      withTransfer({ creditor: { name: "林".repeat(30) } }),
      `${first}.creditor.name`,
    ],
    ["a control character", withTransfer({ creditor: { name: "a\u0000b" } }), `${first}.creditor.name`],
    [
      "a text of 141 characters",
      withTransfer({ remittance: { unstructured: "x".repeat(141) } }),
      `${first}.remittance.unstructured`,
    ],
    [
      "text and reference in SEPA",
      withTransfer({ remittance: { unstructured: "x", reference: { value: "RF18539007547034" } } }),
      `${first}.remittance`,
    ],
    [
      "a reference with a wrong check number",
      withTransfer({ remittance: { reference: { value: "RF19539007547034" } } }),
      `${first}.remittance.reference.value`,
    ],
    [
      "a UETR of another version",
      withTransfer({ uetr: "7e8f1f3a-2b7c-1d6e-9c1a-0a1b2c3d4e5f" }),
      `${first}.uetr`,
    ],
    ["an id twice", withGroup({ transfers: [transfer, transfer] }), "transfer 2: endToEndId"],
    [
      "a group twice",
      { ...transfers, groups: [group, { ...group, transfers: [{ ...transfer, endToEndId: "2" }] }] },
      "groups[1].id",
    ],
  ])("but not with %s", (_, message, path) => {
    const problems = problemsOf(message);
    expect(problems.map((problem) => problem.path)).toContain(path);
    for (const { text } of problems)
      expect([text.en.length > 0, /[一-鿿]/.test(text.zh)]).toEqual([true, true]);
  });

  it("and all problems are told at once", () => {
    const bad = withTransfer({ amount: { minor: 0n, currency: "EUR" }, creditor: { name: "" } });
    expect(problemsOf({ ...bad, messageId: "" })).toHaveLength(3);
  });

  it("an LEI has no place in the version of 2009 and is not lost silently", () => {
    const withLei = withTransfer({ creditor: { name: "X", lei: "529900T8BM49AURSDO55" } });
    expect(problemsOf(withLei)).toEqual([]);
    expect(problemsOf(withLei, "pain.001.001.03").map(({ path }) => path)).toEqual([`${first}.creditor.lei`]);
  });
});

test("direct debits are written, valid and readable", async () => {
  const document = writeDirectDebits(debits);
  expect(await schemaErrors(document, "pain.008.001.08")).toEqual([]);
  expect(await readDirectDebits(document)).toMatchObject({
    controlSum: "50.00",
    findings: [],
    extra: [],
    groups: [
      {
        method: "DD",
        serviceLevel: "SEPA",
        sequenceType: "RCUR",
        creditorSchemeId: "DE98ZZZ09999999999",
        extra: [],
        debits: [
          { mandate: { id: "MANDATE-1", signedOn: "2026-10-01" }, amount: { minor: 5000n }, extra: [] },
        ],
      },
    ],
  });
});

describe("a recall is written", () => {
  it("valid and readable", async () => {
    const document = writeCancellationRequest(recall);
    expect(await schemaErrors(document, "camt.056.001.08")).toEqual([]);
    expect(await readCancellationRequest(document)).toMatchObject({
      id: "JQ-RC-1",
      caseId: "CASE-1",
      transactions: [
        {
          cancellationId: "JQ-RC-1-1",
          originalMessageId: "JQ-20261122-0001",
          originalEndToEndId: "JQ-PAY-1",
          originalAmount: { minor: 16588n, currency: "EUR" },
          originalSettlementDate: "2026-11-23",
          reasons: [{ code: "DUPL", information: ["Sent twice"] }],
        },
      ],
    });
  });
  it("but not of a payment that nobody can find", () => {
    const [transaction] = recall.transactions as [CancellationRequest["transactions"][number]];
    const { endToEndId: _, ...original } = transaction.original;
    expect(() =>
      writeCancellationRequest({ ...recall, transactions: [{ ...transaction, original }] }),
    ).toThrow("transactions[0].original: names no payment");
  });
});

describe("text in the characters of SEPA", () => {
  it.each([
    ["Łódź", "Lodz"],
    ["Straße", "Strasse"],
    ["林晓", "LinXiao"],
    ["A & B", "A + B"],
    ["a_b@c", "a-b(at)c"],
    ["100 €", "100 EUR"],
    ["  many   blanks\n", "many blanks"],
    ["e\u0301", "e"],
  ])("%s → %s", (text, written) => expect(toSepaText(text)).toBe(written));

  it("stays inside the set, and what is inside stays", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const written = toSepaText(text);
        expect(written).toMatch(/^[a-zA-Z0-9/\-?:().,'+ ]*$/);
        expect(toSepaText(written)).toBe(written);
      }),
    );
  });
});

// Random messages, from all optional parts.
const id = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9.+-]{0,33}[A-Za-z0-9])?$/);
const words = (max: number) =>
  fc
    .stringMatching(new RegExp(`^[A-Za-z0-9?:().,'+]([A-Za-z0-9?:().,'+ <>&"é金-]{0,${max - 40}}[a-z金])?$`))
    .map((text) => text.replace(/ +/g, " "));
const option = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const generic = fc.record({
  id,
  scheme: fc.option(fc.constantFrom("CUST", "A scheme of ours")),
  issuer: fc.option(id),
});
const iban = fc.constantFrom(
  "DE89370400440532013000",
  "FR1420041010050500013M02606",
  "GB82WEST12345698765432",
  "CZ6508000000192000145399",
);
const account: fc.Arbitrary<WrittenAccount> = fc.oneof(
  fc.record({ iban, currency: fc.constantFrom("EUR", "CNY") }),
  fc.record({ other: generic.map((value) => ({ ...value, id: value.id.slice(0, 34) })) }),
);
const agent: fc.Arbitrary<WrittenAgent> = fc.oneof(
  fc.record({ bic: fc.constantFrom("PSSTFRPPXXX", "GRNTDEFF") }),
  fc.record({
    clearing: fc.record({ system: fc.constantFrom("CNAPS", "our own system"), id }),
    name: words(70),
  }),
);
const address = fc.record(
  {
    street: words(70),
    buildingNumber: fc.constant("12a"),
    postCode: fc.constant("10115"),
    town: fc.constant("Berlin"),
    country: fc.constant("DE"),
    lines: fc.array(words(70), { maxLength: 7 }),
  },
  { requiredKeys: [] },
);
const party: fc.Arbitrary<WrittenParty> = fc.oneof(
  fc.record(
    { name: words(70), address, ids: fc.array(generic, { maxLength: 2 }), person: fc.constant(true) },
    { requiredKeys: ["name"] },
  ),
  fc.record(
    { name: words(70), address, ids: fc.array(generic, { maxLength: 2 }), bic: fc.constant("JINQDEFFXXX") },
    { requiredKeys: ["name"] },
  ),
);
const remittance: fc.Arbitrary<WrittenRemittance> = fc
  .record(
    {
      unstructured: words(140),
      reference: fc.record(
        { value: id, type: fc.constantFrom("SCOR", "QRR"), issuer: id },
        { requiredKeys: ["value"] },
      ),
    },
    { requiredKeys: [] },
  )
  .filter(({ reference }) => !reference?.value.startsWith("RF"));
const money = fc.record({
  minor: fc.bigInt({ min: 1n, max: 10n ** 15n }),
  currency: fc.constantFrom("EUR", "CNY", "JPY", "KWD"),
});
const date = fc.constantFrom("2026-11-23", "2028-02-29");
const instant = fc.constantFrom("2026-11-22T10:00:00Z", "2026-11-22T23:59:59.999+08:00");
const bearer = fc.constantFrom("DEBT", "CRED", "SHAR", "SLEV");

const creditTransfer = fc.record({
  instructionId: option(id),
  endToEndId: id,
  uetr: option(fc.uuid({ version: 4 })),
  amount: money,
  creditor: party,
  creditorAccount: account,
  creditorAgent: option(agent),
  ultimateCreditor: option(party),
  purpose: option(fc.constantFrom("GDDS", "a purpose of ours")),
  remittance: option(remittance),
});
const creditGroup = fc.record({
  id,
  batchBooking: option(fc.boolean()),
  serviceLevel: option(fc.constantFrom("URGP", "NURG")),
  localInstrument: option(fc.constantFrom("INST", "CCD")),
  categoryPurpose: option(fc.constant("SUPP")),
  executionDate: date,
  debtor: party,
  debtorAccount: account,
  debtorAgent: option(agent),
  chargeBearer: option(bearer),
  transfers: fc.array(creditTransfer, { minLength: 1, maxLength: 4 }),
});
const creditMessage = fc
  .record({
    messageId: id,
    createdAt: instant,
    initiatingParty: party,
    groups: fc.array(creditGroup, { minLength: 1, maxLength: 3 }),
  })
  .filter(
    ({ groups }) =>
      isUnique(groups.map((one) => one.id)) &&
      isUnique(groups.flatMap((one) => one.transfers.map((each) => each.endToEndId))),
  );

const debitMessage = fc
  .record({
    messageId: id,
    createdAt: instant,
    initiatingParty: party,
    groups: fc.array(
      fc.record({
        id,
        batchBooking: option(fc.boolean()),
        serviceLevel: option(fc.constantFrom("NURG")),
        localInstrument: option(fc.constantFrom("CORE", "B2B")),
        sequenceType: fc.constantFrom("FRST", "RCUR", "OOFF", "FNAL", "RPRE"),
        collectionDate: date,
        creditor: party,
        creditorAccount: account,
        creditorAgent: option(agent),
        chargeBearer: option(bearer),
        creditorSchemeId: id,
        debits: fc.array(
          fc.record({
            instructionId: option(id),
            endToEndId: id,
            amount: money,
            mandate: fc.record({ id, signedOn: date }),
            debtor: party,
            debtorAccount: account,
            debtorAgent: option(agent),
            purpose: option(fc.constant("GDDS")),
            remittance: option(remittance),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .filter(
    ({ groups }) =>
      isUnique(groups.map((one) => one.id)) &&
      isUnique(groups.flatMap((one) => one.debits.map((each) => each.endToEndId))),
  );

// A validator costs a third of a second to start, so that it is given all documents at once.
describe("whatever is written is valid", () => {
  it.each(["pain.001.001.09", "pain.001.001.03"] as const)("as %s", async (version) => {
    const documents = fc.sample(creditMessage, 60).map((message, index) =>
      writeCreditTransfers(message as CreditTransferInitiation, {
        version,
        characters: index % 2 === 0 ? "latin" : "unicode",
      }),
    );
    expect(await schemaErrors(documents, version)).toEqual([]);
  });
  it("as pain.008.001.08", async () => {
    const documents = fc
      .sample(debitMessage, 60)
      .map((message) => writeDirectDebits(message as DirectDebitInitiation));
    expect(await schemaErrors(documents, "pain.008.001.08")).toEqual([]);
  });
});

describe("whatever is written reads back equal", () => {
  it.each(["latin", "unicode"] as const)("credit transfers, %s", async (characters) => {
    await fc.assert(
      fc.asyncProperty(
        creditMessage,
        fc.constantFrom("pain.001.001.09", "pain.001.001.03"),
        async (message, version) => {
          const document = writeCreditTransfers(message as CreditTransferInitiation, { version, characters });
          const read = await readCreditTransfers(document);
          expect([read.findings, read.extra]).toEqual([[], []]);
          const old = version === "pain.001.001.03";
          const shown = shownIn(characters);
          expect(read.groups).toEqual(
            message.groups.map((one) => ({
              id: one.id,
              method: "TRF",
              batchBooking: one.batchBooking ?? null,
              serviceLevel: one.serviceLevel ?? null,
              localInstrument: one.localInstrument ?? null,
              categoryPurpose: one.categoryPurpose ?? null,
              executionDate: { date: one.executionDate, dateTime: null },
              debtor: shown.party(one.debtor),
              debtorAccount: shown.account(one.debtorAccount),
              debtorAgent: shown.agent(one.debtorAgent),
              chargeBearer: one.chargeBearer ?? null,
              extra: [],
              transfers: one.transfers.map((each) => ({
                line: expect.any(Number),
                instructionId: each.instructionId ?? null,
                endToEndId: each.endToEndId,
                uetr: old ? null : (each.uetr ?? null),
                amount: each.amount,
                creditor: shown.party(each.creditor),
                creditorAccount: shown.account(each.creditorAccount),
                creditorAgent: shown.agent(each.creditorAgent),
                ultimateCreditor: shown.party(each.ultimateCreditor),
                purpose: each.purpose ?? null,
                remittance: shown.remittance(each.remittance),
                extra: [],
              })),
            })),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("direct debits", async () => {
    await fc.assert(
      fc.asyncProperty(debitMessage, async (message) => {
        const document = writeDirectDebits(message as DirectDebitInitiation);
        const read = await readDirectDebits(document);
        expect([read.findings, read.extra]).toEqual([[], []]);
        const shown = shownIn("latin");
        expect(read.groups.flatMap((one) => one.debits)).toEqual(
          message.groups.flatMap((one) =>
            one.debits.map((each) => ({
              line: expect.any(Number),
              instructionId: each.instructionId ?? null,
              endToEndId: each.endToEndId,
              amount: each.amount,
              mandate: each.mandate,
              debtor: shown.party(each.debtor),
              debtorAccount: shown.account(each.debtorAccount),
              debtorAgent: shown.agent(each.debtorAgent),
              purpose: each.purpose ?? null,
              remittance: shown.remittance(each.remittance),
              extra: [],
            })),
          ),
        );
      }),
      { numRuns: 40 },
    );
  });
});

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** How what was written comes back: in the set's characters, and `null` for what was left out. */
function shownIn(characters: "latin" | "unicode") {
  const text = (value: string | null | undefined) =>
    value === null || value === undefined ? null : characters === "latin" ? toSepaText(value) : value.trim();
  const genericId = ({ id, scheme, issuer }: GenericId): GenericId => ({ id, scheme, issuer });
  return {
    party(value: WrittenParty | undefined): Party | null {
      if (value === undefined) return null;
      const { address } = value;
      const isAddress =
        address !== undefined &&
        Object.values(address).some((part) => part !== undefined && part?.length !== 0);
      return {
        name: text(value.name),
        address: isAddress
          ? {
              street: text(address.street),
              buildingNumber: text(address.buildingNumber),
              postCode: text(address.postCode),
              town: text(address.town),
              subdivision: null,
              country: address.country ?? null,
              lines: (address.lines ?? []).map((line) => text(line) ?? ""),
            }
          : null,
        bic: value.bic ?? null,
        lei: null,
        ids: (value.ids ?? []).map(genericId),
      };
    },
    account(value: WrittenAccount): Account {
      const currency = value.currency ?? null;
      return "iban" in value
        ? { iban: value.iban, other: null, currency, name: null }
        : { iban: null, other: genericId(value.other), currency, name: null };
    },
    agent(value: WrittenAgent | undefined): Agent | null {
      if (value === undefined) return null;
      const none = { bic: null, lei: null, name: null, clearing: null, other: null };
      return "bic" in value
        ? { ...none, bic: value.bic }
        : { ...none, clearing: value.clearing, name: text(value.name) };
    },
    remittance(value: WrittenRemittance | undefined): Remittance {
      const { unstructured, reference } = value ?? {};
      return {
        unstructured: unstructured === undefined ? [] : [text(unstructured) ?? ""],
        structured:
          reference === undefined
            ? []
            : [
                {
                  reference: reference.value,
                  referenceType: reference.type ?? "SCOR",
                  referenceIssuer: reference.issuer ?? null,
                  documents: [],
                  additional: [],
                },
              ],
      };
    },
  };
}
