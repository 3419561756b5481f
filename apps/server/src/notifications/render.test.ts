import { describe, expect, it } from "vitest";
import type { MessageContent } from "../identity/index.ts";
import { channelsOf, groupOf, listedOf, pathOf, plain, render, wordsOf } from "./render.ts";
import { hostileSamples, samples } from "./testing/samples.ts";

const url = "https://wallet.example.com";
const all: MessageContent[] = Object.values(samples);
const inBoth = all.flatMap((content) => (["zh", "en"] as const).map((locale) => ({ content, locale })));

describe("texts", () => {
  it.each(inBoth)("$content.kind in $locale says something whole", ({ content, locale }) => {
    const { email, push, sms } = render(content, { locale, phrase: "蓝色的鲸鱼", url });
    for (const text of [email.subject, email.text, email.html, push.title, push.text, sms.text]) {
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
      expect(text.length).toBeGreaterThan(3);
      // English writes Chinese names, and nothing else, in Chinese letters.
      if (locale === "zh") expect(text).toMatch(/\p{Script=Han}/u);
    }
    expect(email.subject.length).toBeLessThan(100);
    const listed = listedOf(content, locale, url);
    expect(listed.text).toMatch(locale === "zh" ? /[。]$/ : /[.]$/);
    // The phrase by which a forged message is told.
    expect(email.text).toContain("蓝色的鲸鱼");
    expect(email.html).toContain("蓝色的鲸鱼");
    expect(push.text).toContain("蓝色的鲸鱼");
  });

  it.each(inBoth)(
    "$content.kind in $locale fetches nothing and leads nowhere else",
    ({ content, locale }) => {
      const { email } = render(content, { locale, phrase: null, url });
      expect(email.html).not.toMatch(/src=|<img|<link|<script|url\(/);
      for (const [, address] of email.html.matchAll(/href="([^"]*)"/g))
        expect(address).toMatch(/^https:\/\/wallet\.example\.com\//);
    },
  );

  it("a code's text tells amount and payee and that nobody asks for it", () => {
    for (const [locale, asks] of [
      ["en", "never ask"],
      ["zh", "绝不会"],
    ] as const) {
      const { email, sms } = render(samples.code, { locale, phrase: null, url });
      for (const part of ["493817", "165.88 GBP", "王磊"]) {
        expect(email.text).toContain(part);
        expect(sms.text).toContain(part);
      }
      expect(email.text).toContain(asks);
      expect(sms.text).not.toContain("http");
    }
  });

  it("SMS of codes fit one message: 160 letters, 70 characters of Chinese (3GPP TS 23.038)", () => {
    for (const purpose of ["sign_up", "sign_in", "phone", "email", "recovery"] as const) {
      const content = { kind: "code" as const, purpose, code: "493817", minutes: 5 };
      expect(render(content, { locale: "en", phrase: null, url }).sms.text.length).toBeLessThanOrEqual(160);
      expect([...render(content, { locale: "zh", phrase: null, url }).sms.text].length).toBeLessThanOrEqual(
        70,
      );
    }
    expect(
      [...render(samples.code, { locale: "zh", phrase: null, url }).sms.text].length,
    ).toBeLessThanOrEqual(70);
  });

  it("tokens stand behind the number sign, where no server reads them, and in e-mails alone", () => {
    const { email, push, sms, link } = render(samples["notice.new_device"], {
      locale: "en",
      phrase: null,
      url,
    });
    expect(link).toBe(`${url}/not-me#undo-token`);
    expect(email.text).toContain("/not-me#undo-token");
    expect(push.text + push.path + sms.text).not.toContain("undo-token");
    expect(render(samples["notice.recovery_started"], { locale: "zh", phrase: null, url }).link).toBe(
      `${url}/recover/cancel#cancel-token`,
    );
  });

  it("staff get both languages and no phrase", () => {
    const { email } = render(
      { ...samples.code, purpose: "sign_in" },
      { locale: null, phrase: undefined, url },
    );
    expect(email.text).toMatch(/never ask[\s\S]*绝不会/);
    expect(email.text).not.toMatch(/phrase|暗语/);
  });

  it("times name their zone", () => {
    expect(wordsOf(samples["notice.recovery_done"], "en", url).text[0]).toContain(
      "22 November 2026 at 08:30 UTC",
    );
    expect(wordsOf(samples["notice.recovery_done"], "zh", url).text[0]).toContain(
      "北京时间2026年11月22日 16:30",
    );
  });
});

describe("what others wrote", () => {
  it.each(hostileSamples)("$kind: begins no header, turns no direction, makes no link", (content) => {
    for (const locale of ["zh", "en"] as const) {
      const { email, push, sms } = render(content, { locale, phrase: null, url });
      expect(email.subject + push.title).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(email.text).not.toMatch(/^Bcc:/m);
      for (const text of [email.text, email.html, push.text, sms.text])
        expect(text).not.toMatch(/\u202E|https:\/\/evil|www\.evil|evil\.example/);
    }
  });

  it("is set as text in HTML", () => {
    const content = { ...samples["payment.received"], payer: '<b title="x">&' };
    expect(render(content, { locale: "en", phrase: null, url }).email.html).toContain(
      "&lt;b title=&quot;x&quot;&gt;&amp;",
    );
  });

  it("is shortened by whole letters", () => {
    expect(plain("😀".repeat(70))).toBe(`${"😀".repeat(59)}…`);
    expect(plain("J.R. Smith 王.小明")).toBe("J.R. Smith 王. 小明");
  });
});

it("security goes everywhere, codes by e-mail unless they were asked for elsewhere", () => {
  expect(channelsOf("notice.frozen")).toEqual(["email", "sms", "push"]);
  expect(channelsOf("code")).toEqual(["email"]);
  expect(channelsOf("payment.sent")).toEqual(["email", "push"]);
  expect([groupOf("payment.sent"), groupOf("notice.frozen")]).toEqual(["payments", "security"]);
  expect(pathOf(samples["payment.sent"])).toBe("/activity/pay_01jd8c0v5k3m7q9r2t4w6x8y0z");
});
