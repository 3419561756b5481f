import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { createLogger, scrub } from "./logger.ts";

function capture() {
  let text = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { logger: createLogger({ destination }), text: () => text };
}

it("drops known names wherever they stand, and keeps the rest", () => {
  const { logger, text } = capture();
  logger.info(
    {
      paymentId: "pay_1",
      password: "hush-1",
      person: { email: "hush-2", id: "cus_1" },
      call: { request: { headers: { authorization: "hush-3" }, body: "hush-4" }, token: "hush-5" },
      req: { url: "hush-6" },
    },
    "something happened",
  );
  expect(text()).toContain("pay_1");
  expect(text()).toContain("cus_1");
  expect(text()).not.toContain("hush");
});

it("logs of an error its kind, message and cause, not what clings to it", () => {
  const { logger, text } = capture();
  const cause = Object.assign(
    new Error('duplicate key value violates unique constraint "customer_email_key"'),
    {
      code: "23505",
      constraint: "customer_email_key",
      detail: "Key (email)=(hush@people.example) already exists.",
      parameters: ["hush"],
    },
  );
  logger.error({ err: new Error("sign-up of hush@people.example failed", { cause }) }, "request failed");
  expect(text()).toContain("23505");
  expect(text()).toContain("customer_email_key");
  expect(text()).toContain("sign-up of ***@*** failed");
  expect(text()).not.toContain("hush");
});

it.each([
  ["connect postgres://jinqiao:hush@db:5432/x failed", "connect postgres://jinqiao:***@db:5432/x failed"],
  ["paid to CZ6508000000192000145399 today", "paid to *** today"],
  ["GET https://bank.example/token?code=hush&state=hush: 400", "GET https://bank.example/token?*** 400"],
  ["card 6299991234567890122 of +8613800138000 refused", "card *** of *** refused"],
  ["took 16 digits: 1764000000000001", "took 16 digits: 1764000000000001"],
  ["Key (name, at)=(Ada (the second), 2026) already exists.", "Key (name, at)=(***) already exists."],
  ["Failing row contains (1, Ada Lovelace).", "Failing row contains (***)."],
  ["lin@example.com, wang@example.com", "***@***, ***@***"],
  ["nothing to hide: pay_01jd8c0v5k3m7q9r2t4w6x8y0z", "nothing to hide: pay_01jd8c0v5k3m7q9r2t4w6x8y0z"],
])("scrubs %s", (text, scrubbed) => {
  expect(scrub(text)).toBe(scrubbed);
});
