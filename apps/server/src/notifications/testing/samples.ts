import type { ContentOf, Kind } from "../templates/texts.ts";

const at = "2026-11-22T08:30:00.000Z";
const hostile = "Eve\r\nBcc: everybody@example.com\u202Egro.live www.evil.example https://evil.example/x";

/** One content of each kind; a kind without one does not compile. */
export const samples: { [K in Kind]: ContentOf<K> } = {
  code: { kind: "code", purpose: "payment", code: "493817", minutes: 5, amount: "165.88 GBP", payee: "王磊" },
  sign_up_repeated: { kind: "sign_up_repeated" },
  "notice.new_device": { kind: "notice.new_device", device: "Chrome, Android", at, undo: "undo-token" },
  "notice.security_changed": {
    kind: "notice.security_changed",
    what: "passkey_added",
    at,
    undo: "undo-token",
  },
  "notice.recovery_started": {
    kind: "notice.recovery_started",
    at,
    opensAt: "2026-11-23T08:30:00.000Z",
    cancel: "cancel-token",
  },
  "notice.recovery_done": { kind: "notice.recovery_done", at },
  "notice.recovery_cancelled": { kind: "notice.recovery_cancelled", at },
  "notice.frozen": { kind: "notice.frozen", scope: "payments", by: "risk", at, appeal: "appeal-token" },
  "notice.unfrozen": { kind: "notice.unfrozen", scope: "card", at },
  "notice.dispute": {
    kind: "notice.dispute",
    what: "decided_for_you",
    shop: "Tea house 茶馆",
    amount: "165.88 GBP",
    disputeId: "dp_01jd8c0v5k3m7q9r2t4w6x8y0z",
    until: "2026-11-29T08:30:00.000Z",
    at,
  },
  "notice.shop_dispute": {
    kind: "notice.shop_dispute",
    what: "opened",
    shop: "Tea house 茶馆",
    amount: "165.88 GBP",
    disputeId: "dp_01jd8c0v5k3m7q9r2t4w6x8y0z",
    until: "2026-12-02T08:30:00.000Z",
    at,
  },
  "notice.merchant_key": {
    kind: "notice.merchant_key",
    change: "created",
    shopEn: "Corner Shop",
    shopZh: "街角小店",
    key: "sk_live_…a1B2",
    at,
  },
  "notice.webhook_paused": {
    kind: "notice.webhook_paused",
    shopEn: "Corner Shop",
    shopZh: "街角小店",
    host: "hooks.shop.example",
    at,
  },
  "merchant.invited": {
    kind: "merchant.invited",
    shopEn: "Bridge Tea",
    shopZh: "金桥茶馆",
    role: "cashier",
    until: "2026-11-29T08:30:00.000Z",
  },
  "notice.merchant": {
    kind: "notice.merchant",
    what: "account_named",
    shopEn: "Bridge Tea",
    shopZh: "金桥茶馆",
    note: "",
    at,
  },
  "notice.payout_failed": {
    kind: "notice.payout_failed",
    shopEn: "Bridge Tea",
    shopZh: "金桥茶馆",
    amount: "165.88 GBP",
    reasonEn: "The account is closed.",
    reasonZh: "账户已销户。",
    at,
  },
  "staff.invited": { kind: "staff.invited", token: "invitation-token", role: "operations" },
  "payment.sent": {
    kind: "payment.sent",
    paymentId: "pay_01jd8c0v5k3m7q9r2t4w6x8y0z",
    amount: "165.88 GBP",
    payee: "王磊",
    at,
  },
  "payment.received": {
    kind: "payment.received",
    paymentId: "pay_01jd8c0v5k3m7q9r2t4w6x8y0z",
    amount: "20.00 CNY",
    payer: "Emma Clarke",
    at,
  },
};

/** The same with a hostile text in every place that somebody else fills. */
export const hostileSamples = Object.values(samples).map((content) => ({
  ...content,
  ...("payee" in content ? { payee: hostile } : {}),
  ...("payer" in content ? { payer: hostile } : {}),
  ...("device" in content ? { device: hostile } : {}),
}));
