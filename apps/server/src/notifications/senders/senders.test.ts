import { createServer } from "node:http";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import webPush from "web-push";
import { createCertificate } from "../../../../sandbox-bank/src/testing/certificate.ts";
import { createBrowser, createPushService, vapidClaims } from "../testing/push-service.ts";
import type { Outgoing } from "./sender.ts";
import { createSmsSender } from "./sms-http.ts";
import { createSmtpSender, type SmtpSettings } from "./smtp.ts";
import { createPushSender, isKnownPushService } from "./web-push.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const common = {
  reference: "msg_1.email",
  kind: "code",
  expiresAt: undefined,
  code: null,
  link: null,
} as const;
const mail = {
  ...common,
  channel: "email",
  to: "lin@example.com",
  locale: "zh",
  subject: "您的验证码",
  text: "您的验证码：\n\n493817",
  html: "<p>493817</p>",
} satisfies Outgoing;

type Smtp = ConstructorParameters<typeof SMTPServer>[0];

describe("SMTP", () => {
  async function mailServer(options: Smtp = {}) {
    const received: { from: string; to: string[]; text: string; secure: boolean }[] = [];
    const certificate = createCertificate({
      name: "localhost",
      serial: 1n,
      from: new Date(Date.now() - 86_400_000),
      to: new Date(Date.now() + 86_400_000),
    });
    const server = new SMTPServer({
      key: certificate.privateKey,
      cert: certificate.certificate,
      authOptional: true,
      async onData(stream, session, done) {
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part as Buffer);
        received.push({
          from: (session.envelope.mailFrom as { address: string }).address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString("utf8"),
          secure: session.secure,
        });
        done();
      },
      ...options,
    });
    server.on("error", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.server.address() as { port: number };
    return { port, received, ca: certificate.certificate };
  }
  function sender(settings: Partial<SmtpSettings> & { url: string }) {
    const made = createSmtpSender({ from: "Jinqiao <no-reply@example.com>", timeoutMs: 1_500, ...settings });
    undo.push(made.close);
    return made;
  }

  it("delivers over TLS, with sender, one recipient and a reference that stays", async () => {
    const { port, received, ca } = await mailServer({ secure: true });
    const smtp = sender({ url: `smtps://localhost:${port}`, ca });
    expect(await smtp.send(mail)).toEqual({ outcome: "accepted" });
    expect(received).toMatchObject([{ from: "no-reply@example.com", to: ["lin@example.com"], secure: true }]);
    const [{ text = "" } = {}] = received;
    expect(text).toContain("Message-ID: <msg_1.email@example.com>");
    expect(text).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(text).toContain("Auto-Submitted: auto-generated");
    expect(text).toMatch(/multipart\/alternative/);
  });

  it("goes over to TLS by STARTTLS, signs in, and does not trust a certificate of nobody", async () => {
    const options: Smtp = {
      authOptional: false,
      onAuth: (auth, _session, done) =>
        auth.username === "jinqiao" && auth.password === "s3cret/with:signs"
          ? done(null, { user: "jinqiao" })
          : done(new Error("no")),
    };
    const { port, received, ca } = await mailServer(options);
    const secret = encodeURIComponent("s3cret/with:signs");
    const signedIn = sender({ url: `smtp://jinqiao:${secret}@localhost:${port}`, ca });
    expect(await signedIn.send(mail)).toEqual({ outcome: "accepted" });
    expect(received).toMatchObject([{ secure: true }]);
    const wrong = sender({ url: `smtp://jinqiao:wrong@localhost:${port}`, ca });
    expect(await wrong.send(mail)).toMatchObject({ outcome: "failed", code: "authentication" });
    const other = await mailServer({ secure: true });
    const distrusting = sender({ url: `smtps://localhost:${other.port}` });
    expect(await distrusting.send(mail)).toMatchObject({ outcome: expect.stringMatching(/failed|unknown/) });
    expect(other.received).toEqual([]);
  });

  it("tells refused, failed and unknown apart, without the server's words", async () => {
    const answering = async (responseCode: number) => {
      const { port } = await mailServer({
        onRcptTo: (address, _session, done) =>
          done(Object.assign(new Error(`<${address.address}> unknown`), { responseCode })),
      });
      return sender({ url: `smtp://127.0.0.1:${port}` }).send(mail);
    };
    expect(await answering(550)).toEqual({ outcome: "refused", code: "smtp_550" });
    expect(await answering(451)).toEqual({ outcome: "failed", code: "smtp_451" });
    // It takes the whole message and never answers.
    const silent = await mailServer({ onData: (stream) => void stream.resume() });
    expect(await sender({ url: `smtp://127.0.0.1:${silent.port}`, timeoutMs: 300 }).send(mail)).toEqual({
      outcome: "unknown",
      code: "timeout",
    });
    expect(await sender({ url: "smtp://127.0.0.1:9" }).send(mail)).toEqual({
      outcome: "failed",
      code: "connection_refused",
    });
  });

  it("begins no second header and no second recipient, whatever subject and address hold", async () => {
    const { port, received } = await mailServer();
    const smtp = sender({ url: `smtp://127.0.0.1:${port}` });
    await smtp.send({ ...mail, subject: "x\r\nBcc: eve@example.com\r\n\r\nbody" });
    await smtp.send({ ...mail, to: "lin@example.com, eve@example.com" });
    await smtp.send({ ...mail, to: "lin@example.com>\r\nRCPT TO:<eve@example.com" });
    for (const { to, text } of received) {
      expect(to).not.toContain("eve@example.com");
      expect(text).not.toMatch(/^Bcc:/m);
    }
    expect(received.length).toBeGreaterThanOrEqual(1);
  });
});

describe("SMS gateway", () => {
  async function gateway(answer: { status: number; headers?: Record<string, string> }) {
    const received: { headers: Record<string, unknown>; body: unknown }[] = [];
    const server = createServer(async (request, response) => {
      let text = "";
      for await (const part of request) text += part;
      received.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(answer.status, answer.headers).end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    undo.push(() => server.close());
    const { port } = server.address() as { port: number };
    const sender = createSmsSender({
      url: `http://127.0.0.1:${port}/messages`,
      authorization: "Bearer key",
      body: { messages: [{ destination: "{{to}}", content: "{{text}}" }], ref: "{{reference}}", n: 1 },
    });
    return { sender, received, answer };
  }
  const sms = {
    ...common,
    reference: "msg_1.sms",
    channel: "sms",
    to: "+8613800138000",
    locale: "zh",
    text: '验证码 "493817", {{to}}',
  } satisfies Outgoing;

  it("fills the gateway's own form, and no text changes its structure", async () => {
    const { sender, received } = await gateway({ status: 202 });
    expect(await sender.send(sms)).toEqual({ outcome: "accepted" });
    expect(received).toMatchObject([
      {
        headers: { authorization: "Bearer key", "idempotency-key": "msg_1.sms" },
        body: { messages: [{ destination: "+8613800138000", content: sms.text }], ref: "msg_1.sms", n: 1 },
      },
    ]);
  });

  it.each([
    [400, { outcome: "refused", code: "http_400" }],
    [401, { outcome: "failed", code: "http_401" }],
    [429, { outcome: "failed", code: "http_429", retryAfterMs: 30_000 }],
    [500, { outcome: "unknown", code: "http_500" }],
    [302, { outcome: "refused", code: "http_302" }],
  ])("an answer %i is %o", async (status, outcome) => {
    const { sender } = await gateway({
      status,
      headers: { "retry-after": "30", location: "http://127.0.0.1:9/" },
    });
    expect(await sender.send(sms)).toEqual(outcome);
  });

  it("a gateway that is not there has certainly sent nothing", async () => {
    const sender = createSmsSender({ url: "http://127.0.0.1:9/", body: "{{to}}{{text}}" });
    expect(await sender.send(sms)).toMatchObject({ outcome: expect.stringMatching(/failed|unknown/) });
  });
});

describe("Web Push", () => {
  const keys = webPush.generateVAPIDKeys();
  const push = {
    ...common,
    reference: "msg_1.push",
    channel: "push",
    to: "lin@example.com",
    locale: "zh",
    title: "您收到 20.00 CNY",
    text: "来自 Emma Clarke",
    path: "/activity/pay_1",
  } as const;
  async function service(status: number, headers?: Record<string, string>) {
    const made = await createPushService({ status, ...(headers && { headers }) });
    undo.push(made.close);
    const sender = createPushSender({
      contact: "mailto:security@example.com",
      hosts: [made.host],
      keys: async () => keys,
    });
    return { ...made, sender, browser: createBrowser(made.origin) };
  }

  it("is encrypted so that only the browser reads it, and signed by us", async () => {
    const { sender, browser, received, origin } = await service(201);
    expect(await sender.send({ ...push, subscription: browser.target })).toEqual({ outcome: "accepted" });
    const [message] = received;
    expect(message?.headers).toMatchObject({ "content-encoding": "aes128gcm", urgency: "high" });
    expect(message?.body.toString("latin1")).not.toContain("CNY");
    expect(browser.read(message?.body as Buffer)).toEqual({
      title: "您收到 20.00 CNY",
      body: "来自 Emma Clarke",
      path: "/activity/pay_1",
      tag: "msg_1.push",
      lang: "zh-CN",
    });
    expect(vapidClaims(message?.headers.authorization, keys.publicKey)).toMatchObject({
      aud: origin,
      sub: "mailto:security@example.com",
    });
  });

  it.each([
    [410, { outcome: "refused", code: "http_410", gone: true }],
    [404, { outcome: "refused", code: "http_404", gone: true }],
    [413, { outcome: "refused", code: "http_413" }],
    [429, { outcome: "failed", code: "http_429", retryAfterMs: 120_000 }],
    [503, { outcome: "failed", code: "http_503", retryAfterMs: 120_000 }],
  ])("an answer %i is %o", async (status, outcome) => {
    const { sender, browser } = await service(status, { "retry-after": "120" });
    expect(await sender.send({ ...push, subscription: browser.target })).toEqual(outcome);
  });

  it("knocks at known services only", async () => {
    const { sender, received } = await service(201);
    const hidden = createBrowser("http://127.0.0.1:5432");
    expect(await sender.send({ ...push, subscription: hidden.target })).toMatchObject({ outcome: "refused" });
    expect(received).toEqual([]);
    const hosts = ["fcm.googleapis.com", "*.push.apple.com"];
    const known = (endpoint: string) => isKnownPushService(endpoint, hosts);
    expect(known("https://fcm.googleapis.com/fcm/send/x")).toBe(true);
    expect(known("https://web.push.apple.com/x")).toBe(true);
    for (const other of [
      "http://fcm.googleapis.com/x",
      "https://fcm.googleapis.com.evil.example/x",
      "https://fcm.googleapis.com:8443/x",
      "https://user@fcm.googleapis.com/x",
      "https://push.apple.com.evil.example/",
      "https://.push.apple.com/",
      "https://169.254.169.254/latest/meta-data",
      "https://localhost/x",
      "no address",
    ])
      expect(known(other), other).toBe(false);
  });
});
