import { createDecipheriv, createECDH, createHmac, createPublicKey, hkdfSync, verify } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { PushTarget } from "../senders/sender.ts";

export type PushedMessage = { headers: IncomingMessage["headers"]; path: string; body: Buffer };

/** A push service on this machine: keeps what it is sent and answers with the status it is told. */
export async function createPushService(answer: { status: number; headers?: Record<string, string> }) {
  const received: PushedMessage[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    received.push({ headers: request.headers, path: request.url ?? "", body: Buffer.concat(parts) });
    response.writeHead(answer.status, answer.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    received,
    answer,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** What a browser has of a subscription: the keys that it tells, and the one that it keeps. */
export function createBrowser(origin: string, path = "/push/1") {
  const keys = createECDH("prime256v1");
  const publicKey = keys.generateKeys();
  const auth = Buffer.from("0123456789abcdef");
  const target: PushTarget = {
    endpoint: `${origin}${path}`,
    keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") },
  };
  return {
    target,
    /** Decrypts as RFC 8291, section 3.4 and RFC 8188, section 2 say, with node's own primitives. */
    read(body: Buffer): unknown {
      const salt = body.subarray(0, 16);
      const keyLength = body.readUInt8(20);
      const senderKey = body.subarray(21, 21 + keyLength);
      const record = body.subarray(21 + keyLength);
      const shared = keys.computeSecret(senderKey);
      const info = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, senderKey]);
      const secret = Buffer.from(hkdfSync("sha256", shared, auth, info, 32));
      const derive = (text: string, length: number) => {
        const extracted = createHmac("sha256", salt).update(secret).digest();
        return createHmac("sha256", extracted)
          .update(Buffer.concat([Buffer.from(`Content-Encoding: ${text}\0`), Buffer.from([1])]))
          .digest()
          .subarray(0, length);
      };
      const decipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
      decipher.setAuthTag(record.subarray(-16));
      const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
      // The last record ends with 2 and padding.
      return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString("utf8"));
    },
  };
}

/** The claims of the header by which we say who we are (RFC 8292), once its signature was checked. */
export function vapidClaims(authorization: string | undefined, publicKey: string): Record<string, unknown> {
  const [, token = "", key] = /^vapid t=([^,]+), ?k=(.+)$/.exec(authorization ?? "") ?? [];
  if (key !== publicKey) throw new Error("another key");
  const [header = "", claims = "", signature = ""] = token.split(".");
  const point = Buffer.from(publicKey, "base64url");
  const valid = verify(
    "sha256",
    Buffer.from(`${header}.${claims}`),
    {
      key: createPublicKey({
        format: "jwk",
        key: {
          kty: "EC",
          crv: "P-256",
          x: point.subarray(1, 33).toString("base64url"),
          y: point.subarray(33).toString("base64url"),
        },
      }),
      dsaEncoding: "ieee-p1363",
    },
    Buffer.from(signature, "base64url"),
  );
  if (!valid) throw new Error("the signature is not right");
  return JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
}
