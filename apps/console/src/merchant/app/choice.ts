import { useSyncExternalStore } from "react";

/** Test mode moves no money; its payments, keys and webhooks are apart from the live ones. */
export type Mode = "live" | "test";
export type Choice = { merchantId: string | null; mode: Mode };

const storageKey = "jinqiao.merchant";

/**
 * Which merchant is looked at, and in which mode. It belongs to this tab: another tab that switches to live must not
 * take this one along, where the next press of a button would then move money. A new tab begins with the last choice.
 */
let current: Choice = read();
const listeners = new Set<() => void>();

export const currentChoice = (): Choice => current;

export function choose(next: Choice): void {
  current = next;
  const text = JSON.stringify(next);
  for (const storage of storages()) {
    try {
      storage.setItem(storageKey, text);
    } catch {
      // Without storage the choice serves until the page is left.
    }
  }
  for (const listener of listeners) listener();
}

export function useChoice(): Choice {
  return useSyncExternalStore(subscribe, currentChoice);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Choice {
  for (const storage of storages()) {
    try {
      const kept: unknown = JSON.parse(storage.getItem(storageKey) ?? "null");
      if (typeof kept !== "object" || kept === null) continue;
      const { merchantId, mode } = kept as Record<string, unknown>;
      return {
        merchantId:
          typeof merchantId === "string" && /^mer_[0-9a-z]{26}$/.test(merchantId) ? merchantId : null,
        mode: mode === "live" ? "live" : "test",
      };
    } catch {
      // What another version wrote, or refused storage: the next place, or nothing.
    }
  }
  return { merchantId: null, mode: "test" };
}

function storages(): Storage[] {
  try {
    return [sessionStorage, localStorage];
  } catch {
    return [];
  }
}
