import { useEffect, useRef, useState } from "react";

/**
 * After so long without the person doing anything, the wallet is left. Source: Commission Delegated Regulation (EU)
 * 2018/389 (PSD2 RTS), Article 4(3)(d): at most five minutes without activity.
 */
const idleAfterMs = 5 * 60_000;
/** So long before that, the person is asked. */
export const askBeforeMs = 60_000;

const storageKey = "jinqiao.active-at";
/** Writing at each movement of the mouse would be too often. */
const noteEveryMs = 5_000;
/** The server hears of it at most so often: who fills in a long form asks it for nothing else meanwhile. */
const tellEveryMs = 60_000;

const signs = ["pointerdown", "keydown", "wheel", "touchmove"] as const;

/**
 * Seconds until the person is signed out for doing nothing; null while that is further away than the question.
 * Tabs share one clock: whoever pays in one is not signed out by another that lies behind it.
 */
export function useIdle({ onIdle, onActive }: { onIdle: () => void; onActive: () => void }): {
  secondsLeft: number | null;
  stay: () => void;
} {
  const [secondsLeft, setSecondsLeft] = useState<number | null>(null);
  const latest = useRef({ onIdle, onActive });
  latest.current = { onIdle, onActive };
  const note = useRef(() => {});

  useEffect(() => {
    let notedAt = 0;
    let toldAt = Date.now();
    let asked = false;
    const noteNow = (): void => {
      notedAt = Date.now();
      asked = false;
      setSecondsLeft(null);
      try {
        localStorage.setItem(storageKey, String(notedAt));
      } catch {
        // Without storage each tab keeps its own time.
      }
    };
    note.current = noteNow;
    // While the question stands, only its answer counts: a moved mouse must not take it away unread.
    const onSign = (): void => {
      if (!asked && Date.now() - notedAt > noteEveryMs) noteNow();
      if (Date.now() - toldAt < tellEveryMs) return;
      toldAt = Date.now();
      latest.current.onActive();
    };
    const look = (): void => {
      const left = Math.max(notedAt, activeElsewhere()) + idleAfterMs - Date.now();
      asked = left <= askBeforeMs;
      setSecondsLeft(asked ? Math.max(0, Math.ceil(left / 1_000)) : null);
      if (left > 0) return;
      clearInterval(timer);
      latest.current.onIdle();
    };
    noteNow();
    const timer = setInterval(look, 1_000);
    for (const sign of signs) window.addEventListener(sign, onSign, { passive: true, capture: true });
    return () => {
      clearInterval(timer);
      for (const sign of signs) window.removeEventListener(sign, onSign, { capture: true });
    };
  }, []);
  return { secondsLeft, stay: () => note.current() };
}

function activeElsewhere(): number {
  try {
    return Number(localStorage.getItem(storageKey) ?? 0);
  } catch {
    return 0;
  }
}
