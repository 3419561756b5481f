import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { toBase64, utf8 } from "./bytes.ts";
import { addSignature, checkpointText, signCheckpoint } from "./checkpoint.ts";
import { type LeafHeader, type LeafSide, transferLeafText } from "./leaf.ts";
import { createTreeReader, hashEntry } from "./merkle.ts";
import { createNoteSigner, type NoteSigner, signatureTypes } from "./note.ts";
import { formatReceipt, makeReceipt, type Receipt, textHash } from "./receipt.ts";
import { appendLeaves, emptyEdge, tileHashReader } from "./tiles.ts";
import { type Trust, verifyNewer, verifyReceipt } from "./verify.ts";

const at = new Date("2026-03-01T12:00:05.000Z");
const origin = "wallet.example/ledger";
const position = 300n;
const header: LeafHeader = {
  id: "trf_01jnq5y2x8",
  kind: "transfer",
  subject: "pay_01jnq5y2x7",
  at: "2026-03-01T12:00:00.123Z",
};
const sides: LeafSide[] = [
  { account: "customer/alice/CNY", currency: "CNY", amount: "16588", sequence: "7", balance: "83412" },
  { account: "customer/bob/CNY", currency: "CNY", amount: "-16588", sequence: "3", balance: "16588" },
];
const transferSalt = toBase64(new Uint8Array(16).fill(42));

let logSigner: NoteSigner;
let witness: NoteSigner;
let trust: Trust;
let receipt: Receipt;
/** The log of 700 entries, in which ours is number 300, and what it was at 400. */
let newer: { checkpoint: string; proof: string[] };

beforeAll(async () => {
  logSigner = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(1));
  witness = await createNoteSigner("witness.example", signatureTypes.cosignature, new Uint8Array(32).fill(2));
  trust = { log: [logSigner.key], witnesses: [witness.key], witnessesNeeded: 1 };
  const entry = utf8(transferLeafText(textHash, transferSalt, header, sides));
  const leaves = Array.from({ length: 700 }, (_, index) =>
    hashEntry(BigInt(index) === position ? entry : utf8(`entry ${index}`)),
  );
  const { written, root: newRoot } = appendLeaves(emptyEdge, leaves);
  const reader = createTreeReader(
    tileHashReader(700n, async (tiles) =>
      tiles.map(
        ({ level, index }) =>
          written.find((tile) => tile.level === level && tile.index === index)?.hashes ?? new Uint8Array(),
      ),
    ),
  );
  const root = await reader.root(400n);
  const signed = await signCheckpoint({ origin, size: 400n, root }, [logSigner], at);
  const checkpoint = addSignature(
    signed,
    await witness.sign(checkpointText({ origin, size: 400n, root }), at),
  );
  receipt = makeReceipt({
    origin,
    position,
    header,
    sides,
    opens: ({ account }) => account === "customer/alice/CNY",
    transferSalt,
    proof: await reader.inclusionProof(position, 400n),
    checkpoint,
  });
  newer = {
    checkpoint: addSignature(
      await signCheckpoint({ origin, size: 700n, root: newRoot }, [logSigner], at),
      await witness.sign(checkpointText({ origin, size: 700n, root: newRoot }), at),
    ),
    proof: (await reader.consistencyProof(400n, 700n)).map(toBase64),
  };
});

const verdictOf = (value: unknown, whom: Trust = trust) => verifyReceipt(JSON.stringify(value), whom);

test("a receipt proves the transfer, the customer's own side, the place and the witnesses", async () => {
  const verdict = await verifyReceipt(formatReceipt(receipt), trust);
  expect(verdict).toMatchObject({
    ok: true,
    facts: {
      origin,
      position,
      size: 400n,
      header,
      sides: [{ leg: 1, ...sides[0] }],
      hiddenSides: 1,
      signedAt: null,
      witnesses: [{ name: "witness.example", at }],
    },
  });
});

test("nothing of the other side, and no salt that would open it, stands in the file", () => {
  const text = formatReceipt(receipt);
  expect(text).not.toContain("bob");
  expect(text).not.toContain("-16588");
  expect(text).not.toContain(transferSalt);
  // Whoever guesses the other side right cannot tell so from its commitment: the salt of our side does not open it.
  const [mine, theirs] = receipt.sides as [{ salt: string }, { commitment: string }];
  const { account, currency, amount, sequence, balance } = sides[1] as LeafSide;
  const guess = `jinqiao.side/1\n${mine.salt}\n${account}\n${currency}\n${amount}\n${sequence}\n${balance}\n`;
  expect(textHash(guess)).not.toBe(theirs.commitment);
});

test("any transfer at any place of any log has a receipt that reveals just what it is to reveal", async () => {
  const name = fc.stringMatching(/^[A-Za-z0-9:_./*-]{1,40}$/);
  const whole = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });
  const side = fc.record({
    account: name,
    currency: fc.constantFrom<string>("CNY", "JPY", "KWD"),
    amount: whole.filter((amount) => amount !== 0n).map(String),
    sequence: fc.bigInt({ min: 1n, max: 2n ** 63n }).map(String),
    balance: whole.map(String),
  });
  const instants = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
  const someHeader = fc.record({
    id: name,
    kind: name,
    subject: fc.option(name),
    at: instants.map((date) => date.toISOString()),
  });
  await fc.assert(
    fc.asyncProperty(
      someHeader,
      fc.array(fc.tuple(side, fc.boolean()), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 600 }),
      fc.nat(),
      async (anyHeader, anySides, size, place) => {
        const own = anySides.map(([one]) => one);
        const opened = own.filter((_, index) => index === 0 || anySides[index]?.[1]);
        const index = place % size;
        const entry = utf8(transferLeafText(textHash, transferSalt, anyHeader, own));
        const leaves = Array.from({ length: size }, (_, at) =>
          hashEntry(at === index ? entry : utf8(`${at}`)),
        );
        const { written, root } = appendLeaves(emptyEdge, leaves);
        const reader = createTreeReader(
          tileHashReader(BigInt(size), async (tiles) =>
            tiles.map(
              (tile) =>
                written.find((one) => one.level === tile.level && one.index === tile.index)?.hashes ??
                new Uint8Array(),
            ),
          ),
        );
        const made = makeReceipt({
          origin,
          position: BigInt(index),
          header: anyHeader,
          sides: own,
          opens: (one) => opened.includes(one),
          transferSalt,
          proof: await reader.inclusionProof(BigInt(index), BigInt(size)),
          checkpoint: await signCheckpoint({ origin, size: BigInt(size), root }, [logSigner], at),
        });
        const verdict = await verifyReceipt(formatReceipt(made), { log: [logSigner.key] });
        expect(verdict).toMatchObject({
          ok: true,
          facts: { header: anyHeader, hiddenSides: own.length - opened.length, position: BigInt(index) },
        });
        if (verdict.ok) expect(verdict.facts.sides.map(({ leg: _, ...shown }) => shown)).toEqual(opened);
      },
    ),
    { numRuns: 60 },
  );
});

describe("every change is found", () => {
  test("any one character of the file", async () => {
    const text = JSON.stringify(receipt);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.oneof(
          fc.integer({ min: 1, max: 255 }).map((mask) => (code: number) => code ^ mask),
          fc.constantFrom(..." \n\"',:{}[]/+=-0Aé金").map((other) => () => other.charCodeAt(0)),
        ),
        async (place, change) => {
          const code = change(text.charCodeAt(place));
          fc.pre(code !== text.charCodeAt(place));
          const altered = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
          expect(await verifyReceipt(altered, trust)).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("each character in turn, its lowest bit flipped", async () => {
    const text = JSON.stringify(receipt);
    for (let place = 0; place < text.length; place += 1) {
      const altered =
        text.slice(0, place) + String.fromCharCode(text.charCodeAt(place) ^ 1) + text.slice(place + 1);
      expect(await verifyReceipt(altered, trust), `character ${place}`).toMatchObject({ ok: false });
    }
  });

  test("any one bit of each hash, salt and signature", async () => {
    // Base64 that was decoded, changed and encoded again is well-formed: only the cryptography can refuse it.
    const flip = (base64: string, bit: number): string => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const place = (bit >> 3) % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << (bit & 7));
      return toBase64(bytes);
    };
    const fields = [...JSON.stringify(receipt).matchAll(/(?<="| |\\n)[A-Za-z0-9+/]{42,}=*/g)].map(
      ([text]) => text,
    );
    expect(fields.length).toBeGreaterThan(12);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.nat(800), async (field, bit) => {
        const altered = JSON.stringify(receipt).replace(field, flip(field, bit));
        const verdict = await verifyReceipt(altered, trust);
        expect(["proof_wrong", "signature_wrong", "signature_missing", "witnesses_missing"]).toContain(
          verdict.ok ? "accepted" : verdict.problem,
        );
      }),
      { numRuns: 500 },
    );
  });

  const own = () => receipt.sides[0] as Record<string, unknown>;
  test.each<[string, () => unknown, string]>([
    [
      "another amount",
      () => ({ ...receipt, sides: [{ ...own(), amount: "16589" }, receipt.sides[1]] }),
      "proof_wrong",
    ],
    [
      "another account",
      () => ({ ...receipt, sides: [{ ...own(), account: "x" }, receipt.sides[1]] }),
      "proof_wrong",
    ],
    [
      "another time",
      () => ({ ...receipt, header: { ...receipt.header, at: "2026-03-01T12:00:00.124Z" } }),
      "proof_wrong",
    ],
    ["no subject", () => ({ ...receipt, header: { ...receipt.header, subject: null } }), "proof_wrong"],
    ["sides in another order", () => ({ ...receipt, sides: receipt.sides.toReversed() }), "proof_wrong"],
    ["a side left out", () => ({ ...receipt, sides: receipt.sides.slice(0, 1) }), "proof_wrong"],
    ["another position", () => ({ ...receipt, position: "301" }), "proof_wrong"],
    ["a position outside", () => ({ ...receipt, position: "400" }), "position_outside"],
    ["a proof too short", () => ({ ...receipt, proof: receipt.proof.slice(1) }), "proof_wrong"],
    ["a proof too long", () => ({ ...receipt, proof: [...receipt.proof, receipt.proof[0]] }), "proof_wrong"],
    ["another log", () => ({ ...receipt, origin: "other.example" }), "origin_mismatch"],
    [
      "a tree of another size",
      () => ({ ...receipt, checkpoint: receipt.checkpoint.replace("\n400\n", "\n401\n") }),
      "signature_wrong",
    ],
    [
      "the log's signature left out",
      () => ({ ...receipt, checkpoint: receipt.checkpoint.replace(/— wallet.*\n/, "") }),
      "signature_missing",
    ],
    [
      "the witness left out",
      () => ({ ...receipt, checkpoint: receipt.checkpoint.replace(/— witness.*\n/, "") }),
      "witnesses_missing",
    ],
    ["no note at all", () => ({ ...receipt, checkpoint: "" }), "checkpoint_malformed"],
  ])("%s", async (_, altered, problem) => {
    expect(await verdictOf(altered())).toMatchObject({ ok: false, problem });
  });
});

describe("the file is read strictly", () => {
  const own = () => receipt.sides[0] as Record<string, unknown>;
  test.each<[string, () => unknown, string, string]>([
    ["an array", () => [], "receipt_format_unknown", "file"],
    ["null", () => null, "receipt_format_unknown", "file"],
    [
      "a later version",
      () => ({ ...receipt, format: "jinqiao.receipt/2" }),
      "receipt_format_unknown",
      "format",
    ],
    ["a field too many", () => ({ ...receipt, note: "paid" }), "receipt_malformed", "note"],
    [
      "a field too many in a side",
      () => ({ ...receipt, sides: [{ ...own(), name: "x" }] }),
      "receipt_malformed",
      "sides[0].name",
    ],
    ["a field missing", () => ({ ...receipt, proof: undefined }), "receipt_malformed", "proof"],
    ["a position as a number", () => ({ ...receipt, position: 300 }), "receipt_malformed", "position"],
    ["a leading zero", () => ({ ...receipt, position: "0300" }), "receipt_malformed", "position"],
    [
      "a plus sign",
      () => ({ ...receipt, sides: [{ ...own(), amount: "+16588" }] }),
      "receipt_malformed",
      "sides[0].amount",
    ],
    [
      "an amount of zero",
      () => ({ ...receipt, sides: [{ ...own(), amount: "0" }] }),
      "receipt_malformed",
      "sides[0].amount",
    ],
    [
      "a balance of minus zero",
      () => ({ ...receipt, sides: [{ ...own(), balance: "-0" }] }),
      "receipt_malformed",
      "sides[0].balance",
    ],
    [
      "a decimal amount",
      () => ({ ...receipt, sides: [{ ...own(), amount: "165.88" }] }),
      "receipt_malformed",
      "sides[0].amount",
    ],
    [
      "a line break in an account",
      () => ({ ...receipt, sides: [{ ...own(), account: "a\nCNY" }] }),
      "receipt_malformed",
      "sides[0].account",
    ],
    [
      "an empty subject, which would hash as none",
      () => ({ ...receipt, header: { ...receipt.header, subject: "" } }),
      "receipt_malformed",
      "header.subject",
    ],
    [
      "31 February",
      () => ({ ...receipt, header: { ...receipt.header, at: "2026-02-31T12:00:00.123Z" } }),
      "receipt_malformed",
      "header.at",
    ],
    [
      "a time of another zone",
      () => ({ ...receipt, header: { ...receipt.header, at: "2026-03-01T12:00:00.123+00:00" } }),
      "receipt_malformed",
      "header.at",
    ],
    ["a short hash", () => ({ ...receipt, proof: ["AAAA"] }), "receipt_malformed", "proof[0]"],
    [
      "65 hashes",
      () => ({ ...receipt, proof: Array(65).fill(receipt.proof[0]) }),
      "receipt_malformed",
      "proof",
    ],
    [
      "no side that is opened",
      () => ({ ...receipt, sides: [receipt.sides[1]] }),
      "receipt_malformed",
      "sides",
    ],
    ["a megabyte", () => ({ ...receipt, checkpoint: "x".repeat(1_000_000) }), "receipt_malformed", "length"],
  ])("%s", async (_, altered, problem, detail) => {
    expect(await verdictOf(altered())).toEqual({ ok: false, problem, detail });
  });

  test.each(["", "receipt", "{", "PK\u0003\u0004"])("%j is no JSON", async (text) => {
    expect(await verifyReceipt(text, trust)).toMatchObject({ ok: false, problem: "receipt_not_json" });
  });

  test("a field that stands twice, of which a reader may see the other one", async () => {
    const text = JSON.stringify(receipt);
    const twice = text.replace('"amount":"16588"', '"amount":"99999","amount":"16588"');
    expect(await verifyReceipt(twice, trust)).toEqual({
      ok: false,
      problem: "receipt_malformed",
      detail: "repeated field",
    });
    // The same fields in another order are the same receipt.
    const turned = JSON.stringify(Object.fromEntries(Object.entries(receipt).reverse()));
    expect(await verifyReceipt(turned, trust)).toMatchObject({ ok: true });
  });
});

describe("whom the verifier believes", () => {
  test("a key of another name, and another key of the same name", async () => {
    const elsewhere = await createNoteSigner(
      "other.example",
      signatureTypes.ed25519,
      new Uint8Array(32).fill(1),
    );
    expect(await verdictOf(receipt, { log: [elsewhere.key] })).toMatchObject({ problem: "origin_mismatch" });
    const another = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(7));
    expect(await verdictOf(receipt, { log: [another.key] })).toMatchObject({ problem: "signature_missing" });
    expect(await verdictOf(receipt, { log: [] })).toMatchObject({ problem: "origin_mismatch" });
    // After a change of keys, the old one is trusted beside the new one.
    expect(await verdictOf(receipt, { log: [another.key, logSigner.key] })).toMatchObject({ ok: true });
  });

  test("witnesses that nobody asked for are passed over; two keys of one witness are one witness", async () => {
    expect(await verdictOf(receipt, { log: [logSigner.key] })).toMatchObject({
      ok: true,
      facts: { witnesses: [] },
    });
    const second = await createNoteSigner(
      "witness.example",
      signatureTypes.cosignature,
      new Uint8Array(32).fill(3),
    );
    const text = receipt.checkpoint.slice(0, receipt.checkpoint.lastIndexOf("\n\n") + 1);
    const cosigned = {
      ...receipt,
      checkpoint: addSignature(receipt.checkpoint, await second.sign(text, at)),
    };
    const both = { ...trust, witnesses: [witness.key, second.key] };
    expect(await verdictOf(cosigned, both)).toMatchObject({
      ok: true,
      facts: { witnesses: [{ name: "witness.example" }] },
    });
    expect(await verdictOf(cosigned, { ...both, witnessesNeeded: 2 })).toMatchObject({
      problem: "witnesses_missing",
    });
  });

  test("the log's own cosignature gives the time of the checkpoint", async () => {
    const clock = await createNoteSigner(origin, signatureTypes.cosignature, new Uint8Array(32).fill(4));
    const text = receipt.checkpoint.slice(0, receipt.checkpoint.lastIndexOf("\n\n") + 1);
    const timed = { ...receipt, checkpoint: addSignature(receipt.checkpoint, await clock.sign(text, at)) };
    expect(await verdictOf(timed, { ...trust, log: [logSigner.key, clock.key] })).toMatchObject({
      ok: true,
      facts: { signedAt: at },
    });
  });
});

describe("a newer checkpoint", () => {
  test("continues the receipt's", async () => {
    expect(await verifyNewer(receipt, newer, trust)).toMatchObject({ ok: true, size: 700n });
    const same = { checkpoint: receipt.checkpoint, proof: [] };
    expect(await verifyNewer(receipt, same, trust)).toMatchObject({ ok: true, size: 400n });
  });

  test("that was rewritten, is older, of another log or not signed is refused", async () => {
    const root = new Uint8Array(32).fill(8);
    const rewritten = await signCheckpoint({ origin, size: 700n, root }, [logSigner], at);
    const alone = { log: [logSigner.key] };
    expect(await verifyNewer(receipt, { ...newer, checkpoint: rewritten }, alone)).toMatchObject({
      problem: "history_rewritten",
    });
    const older = await signCheckpoint({ origin, size: 399n, root }, [logSigner], at);
    expect(await verifyNewer(receipt, { checkpoint: older, proof: [] }, alone)).toMatchObject({
      problem: "history_rewritten",
    });
    expect(await verifyNewer(receipt, { ...newer, proof: [...newer.proof, "?"] }, trust)).toMatchObject({
      problem: "history_rewritten",
    });
    const elsewhere = newer.checkpoint.replace(origin, "other.example");
    expect(await verifyNewer(receipt, { ...newer, checkpoint: elsewhere }, trust)).toMatchObject({
      problem: "origin_mismatch",
    });
    const unsigned = newer.checkpoint.replace(/— wallet.*\n/, "");
    expect(await verifyNewer(receipt, { ...newer, checkpoint: unsigned }, trust)).toMatchObject({
      problem: "signature_missing",
    });
  });
});
