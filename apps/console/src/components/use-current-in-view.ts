import { type RefObject, useEffect, useRef } from "react";

/**
 * Keeps the current entry of a strip of links in sight where the strip is wider than the screen.
 * @param current changes whenever another entry becomes the current one
 */
export function useCurrentInView<Strip extends HTMLElement>(current: string): RefObject<Strip | null> {
  const strip = useRef<Strip>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `current` says when there is something to do
  useEffect(() => {
    const entry = strip.current?.querySelector<HTMLElement>("[aria-current]");
    if (!strip.current || !entry) return;
    const room = strip.current.getBoundingClientRect();
    const place = entry.getBoundingClientRect();
    // The strip alone moves: scrolling the entry into view would also move the page.
    if (place.right > room.right || place.left < room.left) {
      strip.current.scrollLeft += place.left - room.left - (room.width - place.width) / 2;
    }
  }, [current]);
  return strip;
}
