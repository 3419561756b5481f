import { useDocumentTitle } from "@jinqiao/ui";
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { PortalLink, type PortalPath } from "../app/navigation.tsx";
import { useT } from "../text.ts";

/** A page's heading with its actions and the way back; also names the browser's tab. */
export function PortalHeader(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  back?: { to: PortalPath; place: string };
}) {
  const t = useT();
  useDocumentTitle(`${props.title} · ${t("portal.title")}`);
  return (
    <header className="mb-4 flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        {props.back && (
          <PortalLink
            to={props.back.to}
            className="inline-flex items-center gap-1 text-sm text-jade hover:underline print:hidden"
          >
            <ArrowLeft aria-hidden className="size-4" />
            {t("portal.back_to", { place: props.back.place })}
          </PortalLink>
        )}
        <h1 className="text-2xl font-bold tracking-tight break-words">{props.title}</h1>
        {props.lead !== undefined && <p className="mt-1 max-w-[68ch] text-sm text-ink-muted">{props.lead}</p>}
      </div>
      {props.actions !== undefined && (
        <div className="flex flex-wrap items-center gap-2 print:hidden">{props.actions}</div>
      )}
    </header>
  );
}
