import type { Job } from "../platform/events.ts";

/** Hands a payment to its bank, as soon as it is stored. */
export const submitJob = (paymentId: string): Job => ({
  task: "payments.submit",
  payload: { paymentId },
  key: `submit/${paymentId}`,
});
