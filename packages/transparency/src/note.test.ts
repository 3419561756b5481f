import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64, utf8 } from "./bytes.ts";
import { addSignature, checkpointText, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import {
  createNoteSigner,
  formatNote,
  formatVerifierKey,
  makeVerifierKey,
  parseNote,
  parseVerifierKey,
  signatureTypes,
  verifyNote,
} from "./note.ts";
import { TransparencyError } from "./problem.ts";

const at = new Date("2026-03-01T12:00:00.750Z");
const secret = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const problemOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TransparencyError) return error.problem;
    throw error;
  }
  return "none";
};

/**
 * The published example of the Go checksum database's note format, golang.org/x/mod/sumdb/note, example_test.go
 * (BSD-3-Clause); C2SP signed-note is the same format.
 */
const published = {
  vkey: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  secret: "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature:
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
};

describe("the published example", () => {
  test("verifies, and its key reads back", async () => {
    const key = parseVerifierKey(published.vkey);
    expect(key).toMatchObject({ name: "PeterNeumann", id: "c74f20a3", type: signatureTypes.ed25519 });
    expect(formatVerifierKey(key)).toBe(published.vkey);
    const note = parseNote(`${published.text}\n${published.signature}`);
    expect(await verifyNote(note, [key])).toEqual([{ key, at: null }]);
    await expect(
      verifyNote({ ...note, text: note.text.replace("don't", "do") }, [key]),
    ).rejects.toMatchObject({
      problem: "signature_wrong",
    });
  });

  test("our signer gives the very same signature", async () => {
    const bytes = Uint8Array.from(atob(published.secret), (character) => character.charCodeAt(0)).subarray(1);
    const signer = await createNoteSigner("PeterNeumann", signatureTypes.ed25519, bytes);
    expect(formatVerifierKey(signer.key)).toBe(published.vkey);
    const note = { text: published.text, signatures: [await signer.sign(published.text, at)] };
    expect(formatNote(note)).toBe(`${published.text}\n${published.signature}`);
  });
});

describe("RFC 8032, section 7.1, test 2", () => {
  test("the public key of the secret key", async () => {
    const key = Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex");
    const signer = await createNoteSigner("rfc8032", signatureTypes.ed25519, key);
    expect(Buffer.from(signer.key.publicKey).toString("hex")).toBe(
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    );
  });
});

describe("verifier keys", () => {
  test.each([
    ["another id", published.vkey.replace("c74f20a3", "c74f20a4")],
    ["an id in capitals", published.vkey.replace("c74f20a3", "C74F20A3")],
    ["another name", published.vkey.replace("Peter", "Petra")],
    ["a shorter key", published.vkey.slice(0, -4)],
    ["an unknown type", published.vkey.replace("+ARpc", "+CRpc")],
    ["a space", `${published.vkey} `],
    ["no name", published.vkey.slice(published.vkey.indexOf("+"))],
    ["nothing", ""],
    ["a private key", "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"],
  ])("%s is refused", (_, vkey) => {
    expect(problemOf(() => parseVerifierKey(vkey))).toBe("key_malformed");
  });

  test("one public key has another id for each type, so that signatures cannot be confused", () => {
    const publicKey = parseVerifierKey(published.vkey).publicKey;
    const one = makeVerifierKey("log.example", signatureTypes.ed25519, publicKey);
    const other = makeVerifierKey("log.example", signatureTypes.cosignature, publicKey);
    expect(one.id).not.toBe(other.id);
    expect(parseVerifierKey(formatVerifierKey(other))).toEqual(other);
  });

  test.each(["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\nb", "a\u0085b", "a\ud800"])(
    "the name %j is refused",
    (name) => {
      expect(problemOf(() => makeVerifierKey(name, signatureTypes.ed25519, secret(1)))).toBe("key_malformed");
    },
  );
});

describe("notes", () => {
  const line = published.signature;
  test.each([
    ["no signature", published.text],
    ["no empty line", `${published.text}${line}`],
    ["no newline at the end", `${published.text}\n${line.slice(0, -1)}`],
    ["a carriage return", `${published.text}\r\n\n${line}`],
    ["a tab", `${published.text}\t\n\n${line}`],
    ["another dash", `${published.text}\n${line.replace("—", "-")}`],
    ["two spaces", `${published.text}\n${line.replace(" x08", "  x08")}`],
    ["a signature that is too short", `${published.text}\n— PeterNeumann x08gow==\n`],
    ["base64 with spare bits", `${published.text}\n${line.replace("AM=", "AN=")}`],
    ["base64 without padding", `${published.text}\n${line.replace("AM=", "AM")}`],
    ["a lone surrogate", `${published.text}\ud800\n\n${line}`],
    ["too many signatures", `${published.text}\n${line.repeat(65)}`],
    ["nothing", ""],
  ])("with %s is refused", (_, note) => {
    expect(problemOf(() => parseNote(note))).toBe("checkpoint_malformed");
  });

  test("the text may hold empty lines: the last one separates", () => {
    const text = "first\n\n\nlast\n";
    expect(parseNote(`${text}\n${line}`).text).toBe(text);
  });

  test("every well-formed note is written back as it was read", () => {
    const name = fc.stringMatching(/^[a-z.\u4e00-\u4e10/]{1,20}$/);
    const signature = fc.record({
      name,
      keyId: fc.stringMatching(/^[0-9a-f]{8}$/),
      signature: fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => new Uint8Array(bytes)),
    });
    const text = fc
      .array(fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,20}$/), { minLength: 1 })
      .map((lines) => `${lines.join("\n")}\n`);
    fc.assert(
      fc.property(text, fc.array(signature, { minLength: 1, maxLength: 16 }), (body, signatures) => {
        const written = formatNote({ text: body, signatures });
        expect(formatNote(parseNote(written))).toBe(written);
      }),
    );
  });

  test("signatures of unknown keys are passed over, even with a known name or a known id", async () => {
    const text = "hello\n";
    const known = await createNoteSigner("known.example", signatureTypes.ed25519, secret(1));
    const sameName = await createNoteSigner("known.example", signatureTypes.ed25519, secret(2));
    const signature = await known.sign(text, at);
    const garbage = { ...signature, signature: new Uint8Array(64) };
    const note = {
      text,
      signatures: [await sameName.sign(text, at), { ...garbage, name: "same-id.example" }, signature],
    };
    expect(await verifyNote(note, [known.key])).toEqual([{ key: known.key, at: null }]);
    expect(await verifyNote(note, [])).toEqual([]);
    await expect(verifyNote({ text, signatures: [signature, garbage] }, [known.key])).rejects.toMatchObject({
      problem: "signature_wrong",
    });
  });

  test("a key that is no point of the curve verifies nothing", async () => {
    const broken = makeVerifierKey("log.example", signatureTypes.ed25519, new Uint8Array(32).fill(0xff));
    const signature = { name: broken.name, keyId: broken.id, signature: new Uint8Array(64) };
    await expect(verifyNote({ text: "x\n", signatures: [signature] }, [broken])).rejects.toMatchObject({
      problem: "signature_wrong",
    });
  });
});

describe("cosignatures", () => {
  test("sign the time with the text, byte for byte as tlog-cosignature says", async () => {
    const witness = await createNoteSigner("witness.example", signatureTypes.cosignature, secret(3));
    const text = "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    const signature = await witness.sign(text, at);
    expect(signature.signature).toHaveLength(72);
    const seconds = new DataView(signature.signature.buffer).getBigUint64(0);
    expect(seconds).toBe(1_772_366_400n);
    // The same bytes signed as a plain note by a plain key of the same secret: the rest of the signature must agree.
    const plain = await createNoteSigner("witness.example", signatureTypes.ed25519, secret(3));
    const message = `cosignature/v1\ntime 1772366400\n${text}`;
    expect(toBase64(signature.signature.slice(8))).toBe(toBase64((await plain.sign(message, at)).signature));

    const [verified] = await verifyNote({ text, signatures: [signature] }, [witness.key]);
    expect(verified?.at?.toISOString()).toBe("2026-03-01T12:00:00.000Z");
    for (const byte of [0, 7, 8, 71]) {
      const altered = signature.signature.slice();
      altered[byte] = (altered[byte] ?? 0) ^ 1;
      await expect(
        verifyNote({ text, signatures: [{ ...signature, signature: altered }] }, [witness.key]),
      ).rejects.toMatchObject({ problem: "signature_wrong" });
    }
  });
});

describe("checkpoints", () => {
  const head = { origin: "log.example/ledger", size: 2n ** 60n + 1n, root: new Uint8Array(32).fill(9) };

  test("read back as they were signed, with each signature", async () => {
    const log = await createNoteSigner("log.example/ledger", signatureTypes.ed25519, secret(1));
    const witness = await createNoteSigner("witness.example", signatureTypes.cosignature, secret(2));
    const signed = await signCheckpoint(head, [log], at);
    const cosigned = addSignature(signed, await witness.sign(checkpointText(head), at));
    expect(cosigned.startsWith(signed)).toBe(true);
    const read = parseCheckpoint(cosigned);
    expect(read).toMatchObject({ origin: head.origin, size: head.size });
    expect(read.root).toEqual(head.root);
    expect(await verifyNote(read.note, [log.key, witness.key])).toHaveLength(2);
    // A later cosignature of the same witness takes the place of the earlier one.
    const again = addSignature(
      cosigned,
      await witness.sign(checkpointText(head), new Date(at.getTime() + 5000)),
    );
    expect(parseCheckpoint(again).note.signatures).toHaveLength(2);
    expect(again).not.toBe(cosigned);
  });

  test("the lines are those of the standard", () => {
    expect(checkpointText(head)).toBe(
      "log.example/ledger\n1152921504606846977\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n",
    );
    expect(() => checkpointText({ ...head, origin: "two\nlines" })).toThrow(RangeError);
    expect(() => checkpointText({ ...head, size: -1n })).toThrow(RangeError);
    expect(() => checkpointText({ ...head, root: utf8("short") })).toThrow(RangeError);
  });

  test.each([
    ["a leading zero", "log\n01\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"],
    ["a sign", "log\n+1\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"],
    ["no root", "log\n1\n"],
    ["a short root", "log\n1\nCQkJ\n"],
    ["no origin", "\n1\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"],
    ["an empty extension line", "log\n1\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\nmore\n"],
  ])("with %s are refused", (_, text) => {
    expect(problemOf(() => parseCheckpoint(`${text}\n${published.signature}`))).toBe("checkpoint_malformed");
  });

  test("extension lines are read over, and are part of what is signed", () => {
    const text = `${checkpointText(head)}an extension\n`;
    expect(parseCheckpoint(`${text}\n${published.signature}`)).toMatchObject({
      size: head.size,
      note: { text },
    });
  });
});
