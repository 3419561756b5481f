import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { validateXML } from "xmllint-wasm";
import type { ConsentAccess, PaymentAnswer, PaymentWaiting } from "../../connector.ts";
import { readDay } from "../../statements/camt053.ts";
import { type FilesWorld, startFilesWorld } from "./testing/setup.ts";

describe.each([
  ["a shared folder", false],
  ["SFTP", true],
] as const)("a bank reached by files through %s", (_name, sftp) => {
  let world: FilesWorld;
  let access: ConsentAccess;

  beforeAll(async () => {
    world = await startFilesWorld({ sftp });
    const linked = await world.link();
    access = linked.access;
    expect(linked.accounts).toEqual([
      expect.objectContaining({
        iban: world.ibanOf("emma", "EUR"),
        currency: "EUR",
        ownerName: "Emma Clarke",
        name: "Euro account",
      }),
    ]);
    await world.fund(access, 50_000n);
  });
  afterEach(() => world.bank.script.clearFaults());
  afterAll(async () => {
    const off = (await world.bank.script.trialBalance()).filter(({ sumMinor }) => sumMinor !== "0");
    expect(off).toEqual([]);
    await world.close();
  });

  async function settled(
    answer: PaymentAnswer | PaymentWaiting,
    wanted: string,
    connector = world.connector,
  ): Promise<PaymentAnswer | PaymentWaiting> {
    if (!("bankPaymentId" in answer) || answer.bankPaymentId === null)
      throw new Error(`no id: ${answer.outcome}`);
    const id = answer.bankPaymentId;
    let last: PaymentAnswer | PaymentWaiting = answer;
    await world.until(async () => {
      last = await connector.paymentStatus(id, "EUR");
      return "bankStatus" in last && last.bankStatus === wanted;
    });
    return last;
  }
  const bookedOf = async (iban: string) => BigInt((await world.bank.script.account(iban)).bookedMinor);

  test("a top-up is a collection under the mandate; the file handed over is not yet accepted by the bank", async () => {
    const before = await bookedOf(world.custodyOf("EUR").iban);
    const order = world.topUp();
    const answer = await world.connector.initiatePayment(order, access);
    expect(answer).toMatchObject({ outcome: "accepted", bankStatus: "HANDED_OVER" });
    expect(await settled(answer, "ACSC")).toMatchObject({ outcome: "accepted" });
    expect(await bookedOf(world.custodyOf("EUR").iban)).toBe(before + order.amountMinor);
    expect(
      await world.connector.findPayment(order.reference, world.custodyOf("EUR"), "2020-01-01"),
    ).toMatchObject({
      found: true,
      status: "booked",
    });
  });

  test("a payout is a credit transfer; the same order again is the same file and pays once", async () => {
    const before = await bookedOf(world.ibanOf("emma", "EUR"));
    const order = world.payout();
    const [first, second] = [
      await world.connector.initiatePayment(order, null),
      await world.connector.initiatePayment(order, null),
    ];
    expect([first.outcome, second.outcome]).toEqual(["accepted", "accepted"]);
    await settled(first, "ACSC");
    expect(await world.connector.initiatePayment(order, null)).toMatchObject({
      outcome: "accepted",
      bankStatus: "ACSC",
    });
    expect(await bookedOf(world.ibanOf("emma", "EUR"))).toBe(before + order.amountMinor);
  });

  test("a copy of an order's file is refused as a duplicate, which says nothing against the first", async () => {
    const order = world.payout();
    const answer = await world.connector.initiatePayment(order, null);
    await settled(answer, "ACSC");
    const archive = join(world.folder, "to-bank/archive");
    const name = (await readdir(archive)).find((file) => file.includes(order.reference)) ?? "";
    const copied = await readFile(join(archive, name), "utf8");
    await writeFile(join(world.folder, "to-bank/.copy.part"), copied);
    await rename(join(world.folder, "to-bank/.copy.part"), join(world.folder, "to-bank/copy.xml"));
    await world.until(async () => (await readdir(archive)).includes("copy.xml"));
    const reports = async () =>
      (
        await Promise.all(
          (
            await readdir(join(world.folder, "from-bank"))
          )
            .filter((file) => file.startsWith("pain.002"))
            .map((file) => readFile(join(world.folder, "from-bank", file), "utf8")),
        )
      ).filter((xml) => xml.includes("DU01"));
    await world.until(async () => (await reports()).length > 0);
    expect(await settled(answer, "ACSC")).toMatchObject({ outcome: "accepted" });
  });

  test("a refusal is stated with its reason, and another order may then take its place under the reference", async () => {
    const rich = world.payout({ amountMinor: 9_999_999_00n });
    const refused = await settled(await world.connector.initiatePayment(rich, null), "RJCT");
    expect(refused).toMatchObject({ outcome: "rejected", reason: { code: "AM04" } });
    const again = { ...rich, requestId: crypto.randomUUID(), amountMinor: 100n };
    expect(await settled(await world.connector.initiatePayment(again, null), "ACSC")).toMatchObject({
      outcome: "accepted",
    });
    const unknownPayee = world.payout({ creditorIban: "DE75512108001245126199" });
    expect((await world.connector.initiatePayment(unknownPayee, null)).outcome).toBe("accepted");
    const wrongNumber = world.payout({ creditorIban: "DE00512108001245126199" });
    expect(await world.connector.initiatePayment(wrongNumber, null)).toMatchObject({
      outcome: "rejected",
      bankPaymentId: null,
      reason: { code: "FF01" },
    });
  });

  test("what the bank settled may come back: the order stays booked, and the statement shows the return with its reason", async () => {
    const custody = world.custodyOf("EUR");
    const expected: unknown[] = [];
    for (const [order, mandate, reason] of [
      [world.topUp(), access, "MD06"],
      [world.payout(), null, "AC04"],
    ] as const) {
      const answer = await world.connector.initiatePayment(order, mandate);
      await settled(answer, "ACSC");
      await world.bank.script.returnPayment({ endToEndId: order.reference, reason });
      expect(await settled(answer, "ACSC")).toMatchObject({ outcome: "accepted" });
      expected.push([order.reference, mandate === null ? "credit" : "debit", { code: reason }]);
    }
    const closed = await world.bank.script.endOfDay();
    let xml: string | null = null;
    await world.until(async () => {
      xml = await world.connector.custodyStatement(custody, closed.closedDate);
      return xml !== null;
    });
    const day = await readDay(xml ?? "", { iban: custody.iban, currency: "EUR", date: closed.closedDate });
    const back = day.entries.filter(({ returned }) => returned !== undefined);
    expect(back.map(({ endToEndId, direction, returned }) => [endToEndId, direction, returned])).toEqual(
      expected,
    );
  });

  test("without the bank's notification the statement of the closed day tells; it adds up and holds every payment", async () => {
    await world.bank.script.addFault({ operation: "*", action: "withhold-notice", times: 1_000 });
    const order = world.payout();
    const answer = await world.connector.initiatePayment(order, null);
    await settled(answer, "RCVD");
    await world.until(async () => (await world.bank.script.faults())[0]?.fired !== 0);
    await world.bank.script.clearFaults();
    const closed = await world.bank.script.endOfDay();
    const custody = world.custodyOf("EUR");
    let xml: string | null = null;
    await world.until(async () => {
      xml = await world.connector.custodyStatement(custody, closed.closedDate);
      return xml !== null;
    });
    const day = await readDay(xml ?? "", { iban: custody.iban, currency: "EUR", date: closed.closedDate });
    expect(day.entries.filter(({ endToEndId }) => endToEndId === order.reference)).toHaveLength(1);
    expect(await settled(answer, "ACSC")).toMatchObject({ outcome: "accepted" });
    expect(await world.connector.custodyStatement(custody, "2099-01-01")).toBeNull();
  });

  test.each(["duplicate-notice", "partial-notice", "late-notice"] as const)(
    "files that the bank sends twice, slowly or late change nothing: %s",
    async (action) => {
      const before = await bookedOf(world.custodyOf("EUR").iban);
      await world.bank.script.addFault({ operation: "*", action, times: 3 });
      const order = world.topUp();
      const answer = await world.connector.initiatePayment(order, access);
      expect(await settled(answer, "ACSC")).toMatchObject({ outcome: "accepted" });
      expect(await bookedOf(world.custodyOf("EUR").iban)).toBe(before + order.amountMinor);
    },
  );

  test("a broken file is put aside with its reason and blocks nothing", async () => {
    const inbox = join(world.folder, "from-bank");
    await writeFile(join(inbox, "aaa-nonsense.xml"), "<html><body>Maintenance</body></html>");
    await writeFile(join(inbox, "aab-bomb.xml"), '<!DOCTYPE x [<!ENTITY a "b">]><Document>&a;</Document>');
    const answer = await world.connector.initiatePayment(world.payout(), null);
    await settled(answer, "ACSC");
    const aside = await readdir(join(inbox, "rejected"));
    expect(aside).toEqual(
      expect.arrayContaining(["aaa-nonsense.xml", "aaa-nonsense.xml.reason.txt", "aab-bomb.xml"]),
    );
    expect(await readFile(join(inbox, "rejected/aab-bomb.xml.reason.txt"), "utf8")).toContain(
      "document type",
    );
  });

  test("an order is taken back as long as the bank has not fetched it; afterwards it is called back", async () => {
    await world.bank.script.addFault({ operation: "initiatePayment", action: "delay", delayMs: 600_000 });
    const waiting = world.payout();
    const answer = await world.connector.initiatePayment(waiting, null);
    const id = "bankPaymentId" in answer ? (answer.bankPaymentId ?? "") : "";
    expect(await world.connector.cancelPayment(id, "EUR")).toBe("cancelled");
    expect(await world.connector.paymentStatus(id, "EUR")).toMatchObject({
      outcome: "rejected",
      bankStatus: "CANC",
    });
    const paid = await world.connector.initiatePayment(world.payout(), null);
    await settled(paid, "ACSC");
    expect(
      await world.connector.cancelPayment("bankPaymentId" in paid ? (paid.bankPaymentId ?? "") : "", "EUR"),
    ).toBe("too_late");
  });

  test("a mandate that is refused links nothing; one ended on either side is seen, and collects nothing more", async () => {
    const started = await world.startLink();
    await expect(
      world.bank.script.authorise({
        authorizationUrl: started.authorisationUrl,
        username: "emma",
        password: "wrong",
      }),
    ).rejects.toThrow();
    expect(await world.connector.consentStatus(started.bankConsentId)).toBe("awaiting_customer");
    const linked = await world.link();
    expect(await world.connector.consentStatus(linked.bankConsentId)).toBe("valid");
    await world.connector.revokeConsent(linked.bankConsentId);
    await world.connector.revokeConsent(linked.bankConsentId);
    await world.until(async () =>
      (await readdir(join(world.folder, "to-bank/archive"))).includes(`pain.011_${linked.bankConsentId}.xml`),
    );
    const order = world.topUp();
    const answer = await world.connector.initiatePayment(order, linked.access);
    expect(await settled(answer, "RJCT")).toMatchObject({ outcome: "rejected", reason: { code: "MD01" } });
  });

  test("every file the bank puts out is valid against its published schema", async () => {
    const inbox = join(world.folder, "from-bank");
    const kinds = new Set<string>();
    for (const name of await readdir(inbox)) {
      if (!name.endsWith(".xml")) continue;
      const contents = await readFile(join(inbox, name), "utf8");
      const schema = /xsd:([\w.]+)"/.exec(contents)?.[1] ?? "";
      if (kinds.has(schema)) continue;
      const { valid, errors } = await validateXML({
        xml: [{ fileName: name, contents }],
        schema: [
          {
            fileName: `${schema}.xsd`,
            contents: await readFile(
              new URL(`../../../../../../vectors/iso20022/${schema}.xsd`, import.meta.url),
              "utf8",
            ),
          },
        ],
      });
      expect(errors.map(({ message }) => `${name}: ${message}`)).toEqual([]);
      expect(valid).toBe(true);
      kinds.add(schema);
    }
    expect([...kinds].sort()).toEqual([
      "camt.053.001.08",
      "camt.054.001.08",
      "pain.002.001.11",
      "pain.012.001.08",
    ]);
  });
});

test("an SFTP connection that is lost before or after the file gets its name pays at most once, and never says what is not so", async () => {
  const world = await startFilesWorld({ sftp: true });
  try {
    const { access } = await world.link();
    await world.fund(access, 50_000n);
    const bookedOf = async (iban: string) => BigInt((await world.bank.script.account(iban)).bookedMinor);
    for (const action of ["reset-connection-before", "reset-connection-after", "error"] as const) {
      const before = await bookedOf(world.ibanOf("emma", "EUR"));
      const order = world.payout();
      await world.bank.script.addFault({ operation: "putFile", action });
      const answer = await world.connector.initiatePayment(order, null);
      // The second look finds the file, or finds that it is not there: then only the time that the bank may take decides.
      expect(answer.outcome).toBe(action === "reset-connection-after" ? "accepted" : "unknown");
      const sighting = await world.connector.findPayment(
        order.reference,
        world.custodyOf("EUR"),
        "2020-01-01",
      );
      expect(sighting.found).toBe(action === "reset-connection-after");
      await world.bank.script.clearFaults();
      await world.connector.initiatePayment(order, null);
      await world.connector.initiatePayment(order, null);
      await world.until(async () => (await bookedOf(world.ibanOf("emma", "EUR"))) !== before);
      expect(await bookedOf(world.ibanOf("emma", "EUR"))).toBe(before + order.amountMinor);
    }
  } finally {
    await world.close();
  }
});

test("a server with another key than the pinned one is not talked to, and nothing counts as sent", async () => {
  const world = await startFilesWorld({ sftp: true });
  const { exchange } = world.config;
  if (exchange.kind !== "sftp") throw new Error("the world is one with SFTP");
  const stranger = world.connect({ exchange: { ...exchange, hostFingerprint: "A".repeat(43) } });
  try {
    expect(await stranger.initiatePayment(world.payout(), null)).toMatchObject({ outcome: "not_sent" });
    expect(await stranger.findPayment("JQ1", world.custodyOf("EUR"), "2020-01-01")).toMatchObject({
      found: "unknown",
    });
    await expect(stranger.consentStatus("0".repeat(32))).rejects.toMatchObject({ code: "bank.unavailable" });
  } finally {
    await stranger.close();
    await world.close();
  }
});

test("a file that breaks off is waited for, then put aside; the others are read meanwhile", async () => {
  const world = await startFilesWorld({ settings: { partialAfterMs: 1_000 } });
  try {
    const inbox = join(world.folder, "from-bank");
    await writeFile(
      join(inbox, "aaa.xml"),
      '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmr',
    );
    await writeFile(join(inbox, "aab.xml"), "");
    const { bankConsentId } = await world.link();
    expect(await world.connector.consentStatus(bankConsentId)).toBe("valid");
    await world.until(async () => {
      await world.connector.consentStatus(bankConsentId);
      return (await readdir(join(inbox, "rejected"))).includes("aaa.xml");
    });
    expect(await readFile(join(inbox, "rejected/aaa.xml.reason.txt"), "utf8")).toContain("提前结束");
    expect(await readdir(inbox)).not.toContain("aab.xml");
  } finally {
    await world.close();
  }
});

test("another version, another currency and names in Chinese; what is fetched but not booked is called back", async () => {
  const world = await startFilesWorld({
    settleAfterMs: 600_000,
    settings: { creditTransfers: "pain.001.001.03" },
  });
  try {
    const { access } = await world.link("linxiao", world.ibanOf("linxiao", "CNY"));
    const custody = world.custodyOf("CNY");
    const from = { debtorIban: world.ibanOf("linxiao", "CNY"), creditorIban: custody.iban, currency: "CNY" };
    const collected = await world.connector.initiatePayment(
      world.topUp({ ...from, amountMinor: 30_000n, remittance: "金桥充值" }),
      access,
    );
    const collectedId = "bankPaymentId" in collected ? (collected.bankPaymentId ?? "") : "";
    await world.bank.script.endOfDay();
    expect(await world.connector.paymentStatus(collectedId, "CNY")).toMatchObject({ bankStatus: "ACSC" });

    const payout = world.payout({
      debtorIban: custody.iban,
      creditorIban: world.ibanOf("wanglei", "CNY"),
      creditorName: "王磊",
      currency: "CNY",
      amountMinor: 8_800n,
    });
    const answer = await world.connector.initiatePayment(payout, null);
    const id = "bankPaymentId" in answer ? (answer.bankPaymentId ?? "") : "";
    const before = (await world.bank.script.account(custody.iban)).bookedMinor;
    expect(await world.connector.paymentStatus(id, "CNY")).toMatchObject({ bankStatus: "ACSP" });
    expect(await world.connector.cancelPayment(id, "CNY")).toBe("unknown");
    await world.bank.script.account(custody.iban);
    // The bank gave it back by booking it and returning it: both stand on the statement.
    expect(await world.connector.cancelPayment(id, "CNY")).toBe("too_late");
    expect(await world.connector.paymentStatus(id, "CNY")).toMatchObject({
      outcome: "accepted",
      bankStatus: "ACSC",
    });
    expect((await world.bank.script.account(custody.iban)).bookedMinor).toBe(before);

    const inbox = join(world.folder, "from-bank");
    const answers = (await readdir(inbox)).filter((name) => name.startsWith("camt.029"));
    const schema = new URL("../../../../../../vectors/iso20022/camt.029.001.09.xsd", import.meta.url);
    for (const name of answers) {
      const { errors } = await validateXML({
        xml: [{ fileName: name, contents: await readFile(join(inbox, name), "utf8") }],
        schema: [{ fileName: "camt.029.xsd", contents: await readFile(schema, "utf8") }],
      });
      expect(errors).toEqual([]);
    }
    expect(answers).toHaveLength(1);
    expect(await readdir(join(world.folder, "to-bank/rejected"))).toEqual([]);
  } finally {
    await world.close();
  }
});
