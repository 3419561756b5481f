import { useDocumentTitle } from "@jinqiao/ui";
import type { ReactNode } from "react";
import { useT } from "../i18n.ts";

/** A page's heading with its actions; also names the browser tab, so that several open payments can be told apart. */
export function PageHeader(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
}) {
  const t = useT();
  useDocumentTitle(`${props.title} · ${t("app.title")}`);
  return (
    <header className="mb-4 flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        {props.above}
        <h1 className="text-2xl font-bold tracking-tight break-words">{props.title}</h1>
        {props.lead !== undefined && <p className="mt-1 max-w-[68ch] text-sm text-ink-muted">{props.lead}</p>}
      </div>
      {props.actions !== undefined && (
        <div className="flex flex-wrap items-center gap-2 print:hidden">{props.actions}</div>
      )}
    </header>
  );
}

/** A titled part of a page. */
export function Section(props: { title: string; lead?: ReactNode; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="@container min-w-0 rounded-2xl border border-line bg-surface p-4 print:break-inside-avoid print:border-0 print:p-0">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-base font-semibold">{props.title}</h2>
        {props.aside}
      </div>
      {props.lead !== undefined && (
        <p className="-mt-2 mb-3 max-w-[68ch] text-sm text-ink-muted">{props.lead}</p>
      )}
      {props.children}
    </section>
  );
}

/** Name and value pairs. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-2 @lg:grid-cols-[repeat(2,minmax(0,1fr))]">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-muted">{name}</dt>
      <dd className="min-w-0 text-sm break-words">{children}</dd>
    </div>
  );
}
