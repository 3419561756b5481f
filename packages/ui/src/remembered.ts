import { useSyncExternalStore } from "react";

/** A setting kept in this browser and shared by its tabs. */
export type Remembered<T extends string> = {
  get(): T;
  /** False while nobody has chosen and the initial value stands. */
  chosen(): boolean;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
};

/**
 * Keeps one choice under `key` in local storage. Where storage is refused (private mode, policy) the choice lives as
 * long as the page, because a wallet must work there too. An unknown stored value counts as `initial`.
 */
export function remembered<T extends string>(key: string, allowed: readonly T[], initial: T): Remembered<T> {
  const listeners = new Set<() => void>();
  const accept = (value: string | null): T => allowed.find((one) => one === value) ?? initial;
  const stored = read(key);
  let current = accept(stored);
  let chosen = stored !== null;
  const announce = (): void => {
    for (const listener of listeners) listener();
  };

  globalThis.addEventListener?.("storage", (event) => {
    if ((event as StorageEvent).key !== key) return;
    current = accept((event as StorageEvent).newValue);
    announce();
  });

  return {
    get: () => current,
    chosen: () => chosen,
    set(value) {
      current = value;
      chosen = true;
      write(key, value);
      announce();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useRemembered<T extends string>(setting: Remembered<T>): [T, (value: T) => void] {
  return [useSyncExternalStore(setting.subscribe, setting.get, setting.get), setting.set];
}

function read(key: string): string | null {
  try {
    return globalThis.localStorage?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    globalThis.localStorage?.setItem(key, value);
  } catch {
    // Storage is full or refused: the choice still holds until the page closes.
  }
}
