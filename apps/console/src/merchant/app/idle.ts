import { useEffect, useRef } from "react";

/**
 * After so long without the person doing anything, the portal is left, as the wallet is: both are one session. Source:
 * Commission Delegated Regulation (EU) 2018/389 (PSD2 RTS), Article 4(3)(d): at most five minutes without activity.
 */
const idleAfterMs = 5 * 60_000;
/** The wallet's own clock: who works in one of the two is not signed out by the other. */
const storageKey = "jinqiao.active-at";
const noteEveryMs = 5_000;
const signs = ["pointerdown", "keydown", "wheel", "touchmove"] as const;

/** Calls `onIdle` once when nobody has done anything for five minutes, here or in the wallet. */
export function useIdle(onIdle: () => void): void {
  const latest = useRef(onIdle);
  latest.current = onIdle;
  useEffect(() => {
    let notedAt = Date.now();
    const note = (): void => {
      if (Date.now() - notedAt < noteEveryMs) return;
      notedAt = Date.now();
      try {
        localStorage.setItem(storageKey, String(notedAt));
      } catch {
        // Without storage each tab keeps its own time.
      }
    };
    const timer = setInterval(() => {
      if (Math.max(notedAt, activeElsewhere()) + idleAfterMs > Date.now()) return;
      clearInterval(timer);
      latest.current();
    }, 1_000);
    for (const sign of signs) window.addEventListener(sign, note, { passive: true, capture: true });
    return () => {
      clearInterval(timer);
      for (const sign of signs) window.removeEventListener(sign, note, { capture: true });
    };
  }, []);
}

function activeElsewhere(): number {
  try {
    return Number(localStorage.getItem(storageKey) ?? 0);
  } catch {
    return 0;
  }
}
