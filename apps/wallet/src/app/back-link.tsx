import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useT } from "../text.ts";

/** The way back, before a page's title. */
export function BackLink(props: Pick<LinkProps, "to" | "search" | "params">) {
  const t = useT();
  return (
    <Link
      {...props}
      aria-label={t("ui.back")}
      title={t("ui.back")}
      className="inline-flex size-11 shrink-0 items-center justify-center rounded-full border border-line bg-surface hover:bg-jade-soft"
    >
      <ArrowLeft aria-hidden className="size-5" />
    </Link>
  );
}
