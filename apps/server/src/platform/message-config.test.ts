import { expect, it } from "vitest";
import { readMessageSettings } from "./message-config.ts";

const read = (env: Record<string, string>) => readMessageSettings((name) => env[name]);

it("nothing set is nothing sent; everything set is read", () => {
  expect(read({})).toEqual({});
  expect(
    read({
      JINQIAO_SMTP_URL: "smtps://u:p@mail.example.com:465",
      JINQIAO_MAIL_FROM: "金桥 Jinqiao <no-reply@example.com>",
      JINQIAO_SMS_URL: "https://sms.example.com/v1",
      JINQIAO_SMS_AUTHORIZATION: "Bearer key",
      JINQIAO_SMS_BODY: '{"phone": "{{to}}", "message": "{{text}}"}',
      JINQIAO_PUSH_CONTACT: "mailto:security@example.com",
    }),
  ).toMatchObject({
    smtp: { url: "smtps://u:p@mail.example.com:465", from: "金桥 Jinqiao <no-reply@example.com>" },
    sms: { authorization: "Bearer key", body: { phone: "{{to}}", message: "{{text}}" } },
    push: { hosts: expect.arrayContaining(["fcm.googleapis.com"]) },
  });
});

it.each([
  ["JINQIAO_SMTP_URL", { JINQIAO_SMTP_URL: "https://secret@mail.example.com" }],
  ["JINQIAO_MAIL_FROM", { JINQIAO_SMTP_URL: "smtp://mail.example.com" }],
  [
    "JINQIAO_MAIL_FROM",
    { JINQIAO_SMTP_URL: "smtp://m.example", JINQIAO_MAIL_FROM: "A\r\nBcc: b@c.example <a@b.example>" },
  ],
  [
    "JINQIAO_SMTP_CA_FILE",
    {
      JINQIAO_SMTP_URL: "smtp://m.example",
      JINQIAO_MAIL_FROM: "a@b.example",
      JINQIAO_SMTP_CA_FILE: "/no/such/file",
    },
  ],
  ["JINQIAO_SMS_URL", { JINQIAO_SMS_URL: "http://secret.example.com/" }],
  ["JINQIAO_SMS_BODY", { JINQIAO_SMS_URL: "https://sms.example.com/", JINQIAO_SMS_BODY: '{"to": "{{to}}"}' }],
  ["JINQIAO_PUSH_CONTACT", { JINQIAO_PUSH_CONTACT: "somebody" }],
  ["JINQIAO_PUSH_HOSTS", { JINQIAO_PUSH_CONTACT: "https://example.com", JINQIAO_PUSH_HOSTS: "a b" }],
])("%s that cannot be used is told by name, without its secret", (name, env) => {
  expect(() => read(env as Record<string, string>)).toThrow(name);
  try {
    read(env as Record<string, string>);
  } catch (error) {
    expect((error as Error).message).not.toContain("secret");
  }
});
