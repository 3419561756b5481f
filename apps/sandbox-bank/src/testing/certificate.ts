/** Makes self-issued X.509 certificates (RFC 5280) for tests, with any term: written in DER by hand, signed by node. */
import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";

/** A fresh RSA key with a certificate of that name and term, both PEM. */
export function createCertificate(input: { name: string; serial: bigint; from: Date; to: Date }): {
  certificate: string;
  privateKey: string;
} {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const algorithm = sequence(objectId("2a864886f70d01010b"), Buffer.from([0x05, 0x00]));
  // One relative name: CN (2.5.4.3) as UTF8String.
  const name = sequence(tagged(0x31, sequence(objectId("550403"), tagged(0x0c, Buffer.from(input.name)))));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, integer(input.serial)),
    algorithm,
    name,
    sequence(time(input.from), time(input.to)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("RSA-SHA256", body, privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: new X509Certificate(der).toString(),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

/** Two's complement: a leading zero keeps a high first bit from meaning minus. */
function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

/** GeneralizedTime, YYYYMMDDHHMMSSZ. */
function time(instant: Date): Buffer {
  return tagged(0x18, Buffer.from(`${instant.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
}
