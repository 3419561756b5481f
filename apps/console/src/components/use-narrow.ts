import { useSyncExternalStore } from "react";

/** Tailwind's `sm` begins at 40rem; below it is a phone. */
const query = "(width < 40rem)";

/**
 * True on phones. For the few places where a table must be another table there: what is not on screen is then not in
 * the page either, so nothing is read out or found twice.
 */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

function subscribe(onChange: () => void): () => void {
  const list = matchMedia(query);
  list.addEventListener("change", onChange);
  return () => list.removeEventListener("change", onChange);
}
