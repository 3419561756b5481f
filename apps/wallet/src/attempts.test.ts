import { ApiError } from "@jinqiao/contract/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeAllAttempts, closeAttempt, isUndecided, openAttempt } from "./attempts.ts";

const body = { linkedAccountId: "lac_1", amount: { amount: "120.50", currency: "CNY" } };

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});
afterEach(() => {
  closeAllAttempts();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the same body keeps its key until the attempt is decided", () => {
  const key = openAttempt("top-up", body);
  expect(openAttempt("top-up", body)).toBe(key);
  closeAttempt("top-up", key);
  expect(openAttempt("top-up", body)).not.toBe(key);
});

test("an attempt that another tab has begun since is not ended", () => {
  const first = openAttempt("top-up", body);
  closeAttempt("top-up", first);
  const second = openAttempt("top-up", body);
  closeAttempt("top-up", first);
  expect(openAttempt("top-up", body)).toBe(second);
});

test("a second tab, which has the storage but not the memory, finds the same key", async () => {
  const key = openAttempt("send", body);
  vi.resetModules();
  const secondTab = await import("./attempts.ts");
  expect(secondTab.openAttempt("send", body)).toBe(key);
});

test("another body and another flow are other attempts", () => {
  const key = openAttempt("top-up", body);
  expect(openAttempt("withdraw", body)).not.toBe(key);
  expect(openAttempt("top-up", { ...body, amount: { amount: "120.51", currency: "CNY" } })).not.toBe(key);
});

test("the key holds where the browser refuses storage", () => {
  const refuse = () => {
    throw new Error("refused");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse, removeItem: refuse });
  expect(openAttempt("top-up", body)).toBe(openAttempt("top-up", body));
});

test("the same payment meant again much later is a new attempt", () => {
  vi.useFakeTimers();
  const key = openAttempt("top-up", body);
  vi.setSystemTime(Date.now() + 16 * 60_000);
  expect(openAttempt("top-up", body)).not.toBe(key);
});

test("a lost answer leaves the attempt undecided, a refusal decides it", () => {
  const problem = { type: "about:blank", title: "", status: 422, code: "x", detail: { en: "", zh: "" } };
  expect(isUndecided(new TypeError("network"))).toBe(true);
  expect(isUndecided(new ApiError({ ...problem, retryable: true }))).toBe(true);
  expect(isUndecided(new ApiError({ ...problem, retryable: false }))).toBe(false);
});
