import { payCodeSeconds } from "@jinqiao/qr";
import { useNow } from "@jinqiao/ui";
import { useEffect, useState } from "react";
import { makePayCode, type PayKey } from "./pay-key.ts";

/** So many codes in a row are shown to nobody in particular; then the page hides until it is asked again. */
const codesUntilHidden = 4;

export type ShownCode = { digits: string; secondsLeft: number };

/**
 * The code to show now, made anew every minute, and at once when the page comes back into sight. Null while hidden, or
 * for a moment before the first.
 */
export function usePayCode(payKey: PayKey | undefined, shown: boolean) {
  const now = useNow(1_000);
  const [code, setCode] = useState<{ digits: string; madeAt: number } | null>(null);
  const [round, setRound] = useState(0);
  const hidden = round >= codesUntilHidden;
  const isOver = code === null || now - code.madeAt >= payCodeSeconds * 1_000 || now < code.madeAt - 5_000;

  useEffect(() => {
    if (payKey === undefined || !shown || hidden || !isOver) return;
    let ended = false;
    void makePayCode(payKey).then((made) => {
      if (ended) return;
      setCode(made);
      setRound((before) => before + 1);
    });
    return () => {
      ended = true;
    };
  }, [payKey, shown, hidden, isOver]);

  // The tick that is shown may be a moment older than the code.
  const age = code ? Math.max(0, Math.floor((now - code.madeAt) / 1_000)) : 0;
  const secondsLeft = Math.max(0, payCodeSeconds - age);
  return {
    code: code && shown && !(hidden && isOver) ? { digits: code.digits, secondsLeft } : null,
    /** Nobody used the codes for some minutes. */
    hidden: hidden && isOver,
    /** Shows a new code: the last one was used, or the person is back. */
    renew() {
      setCode(null);
      setRound(0);
    },
  };
}
