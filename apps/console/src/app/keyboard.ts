import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";

const storageKey = "jinqiao.console.shortcuts";
const rowLinks = "[data-row-link]";
/** Marks the search field of a page, which the key `/` goes to. */
export const searchFieldAttribute = { "data-shortcut-search": "" } as const;
const searchField = "[data-shortcut-search]";

/**
 * The keys of the console: `/` search, j and k (or the arrows inside a list) from row to row, Enter opens, `?` help.
 * They can be switched off, because keys of one letter disturb people who steer by voice (WCAG 2.2, 2.1.4).
 */
export function useKeyboard(): {
  helpOpen: boolean;
  setHelpOpen: (open: boolean) => void;
  enabled: boolean;
  setEnabled: (enabled: boolean) => void;
} {
  const navigate = useNavigate();
  const [helpOpen, setHelpOpen] = useState(false);
  const [enabled, setEnabledState] = useState(() => readEnabled());

  const setEnabled = useCallback((value: boolean) => {
    setEnabledState(value);
    try {
      localStorage.setItem(storageKey, value ? "on" : "off");
    } catch {
      // Without storage the choice serves until the page is left.
    }
  }, []);

  useEffect(() => {
    const onKeyDown = async (event: KeyboardEvent) => {
      const { key } = event;
      const inList = document.activeElement?.matches(rowLinks) ?? false;
      const arrow = key === "ArrowDown" || key === "ArrowUp";
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return;
      if (arrow ? !inList : !enabled) return;
      if (key === "j" || key === "k" || arrow) {
        if (moveInList(key === "j" || key === "ArrowDown" ? 1 : -1)) event.preventDefault();
      } else if (key === "?") {
        event.preventDefault();
        setHelpOpen(true);
      } else if (key === "/") {
        event.preventDefault();
        if (focusSearch()) return;
        await navigate({ to: "/payments" });
        // The page is drawn in the next frames; a few are tried, then the key has done nothing.
        for (let frame = 0; frame < 60 && !focusSearch(); frame += 1) {
          await new Promise(requestAnimationFrame);
        }
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [enabled, navigate]);

  return { helpOpen, setHelpOpen, enabled, setEnabled };
}

function readEnabled(): boolean {
  try {
    return localStorage.getItem(storageKey) !== "off";
  } catch {
    return true;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

function isDialogOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>(searchField);
  field?.focus();
  field?.select();
  return field !== null;
}

function moveInList(step: 1 | -1): boolean {
  const links = [...document.querySelectorAll<HTMLElement>(rowLinks)];
  if (links.length === 0) return false;
  const current = links.indexOf(document.activeElement as HTMLElement);
  const next = current === -1 ? (step === 1 ? 0 : links.length - 1) : current + step;
  links[Math.max(0, Math.min(links.length - 1, next))]?.focus();
  return true;
}
