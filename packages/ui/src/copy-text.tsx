import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { classNames } from "./class-names.ts";
import { useTranslate } from "./i18n.tsx";

/** Text with a button that copies it and says so, on screen and to screen readers. */
export function CopyText({ text, className }: { text: string; className?: string }) {
  const t = useTranslate();
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2_500);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // Refused by the browser or not on a secure address: the person can still select the text.
      setState("failed");
    }
  };
  const Icon = state === "copied" ? Check : Copy;
  return (
    <span className={classNames("inline-flex min-w-0 max-w-full items-center gap-1.5", className)}>
      <span className="min-w-0 font-mono text-sm break-all">{text}</span>
      <button
        type="button"
        aria-label={`${t("ui.copy")} ${text}`}
        title={t("ui.copy")}
        onClick={() => void copy()}
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-full text-jade hover:bg-jade-soft"
      >
        <Icon aria-hidden className="size-4" />
      </button>
      <span role="status" className={state === "failed" ? "text-xs text-danger" : "sr-only"}>
        {state === "copied" ? t("ui.copied") : state === "failed" ? t("ui.copy_failed") : ""}
      </span>
    </span>
  );
}
