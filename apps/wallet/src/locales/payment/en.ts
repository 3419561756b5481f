import { en as way } from "../way/en.ts";

/** Texts of the page of one payment, in English. */
export const en = {
  ...way,
  "payment.title.return.in": "Sent back by {bank}",
  "payment.title.return.out": "Taken back by {bank}",
  "explain.return.in": "{bank} sent back an earlier withdrawal. {amount} is in your balance again.",
  "explain.return.out":
    "Your bank took back an earlier top-up. {amount} went back to your account at {bank} and no longer counts here.",
  "payment.original": "The first payment",
  "payment.came_back": "What came back",
  "payment.came_back.part": "{returned} of {amount} came back so far.",
  "payment.came_back.open": "Open the return of {amount}",
};

export type PaymentMessageId = keyof typeof en;
