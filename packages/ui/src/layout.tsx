import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { type Tone, toneClasses } from "./badge.tsx";
import { classNames } from "./class-names.ts";
import { useDocumentTitle, useTranslate } from "./i18n.tsx";

/** A calm rounded ground for things that belong together. */
export function Card({ className, ...rest }: ComponentProps<"section">) {
  return (
    <section
      {...rest}
      className={classNames(
        "min-w-0 rounded-card border border-line bg-surface p-5 shadow-card md:p-6",
        className,
      )}
    />
  );
}

/** One page: its title (heading and document title), what stands beside the title, its content. */
export function Page({
  title,
  documentTitle,
  leading,
  actions,
  narrow = false,
  children,
}: {
  title: ReactNode;
  /** Text for the browser's tab; needed when `title` is not plain text. */
  documentTitle?: string;
  /** Before the title: usually the way back. */
  leading?: ReactNode;
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}) {
  useDocumentTitle(documentTitle ?? (typeof title === "string" ? title : "Jinqiao"));
  return (
    <div className={classNames("mx-auto w-full min-w-0", narrow && "max-w-xl")}>
      <header className="mb-5 flex min-h-12 items-center gap-3">
        {leading}
        <h1 className="min-w-0 flex-1 text-2xl font-bold tracking-tight" tabIndex={-1}>
          {title}
        </h1>
        {actions}
      </header>
      {children}
    </div>
  );
}

/** A grey shape where content is about to be. Give its size by `className`. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden className={classNames("block animate-pulse rounded-xl bg-neutral-soft", className)} />
  );
}

/** Rows of skeletons that say "Loading" to a screen reader once. */
export function SkeletonList({ rows = 4, className }: { rows?: number; className?: string }) {
  const t = useTranslate();
  return (
    <div role="status" className={classNames("grid gap-3", className)}>
      <span className="sr-only">{t("ui.loading")}</span>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never change places
        <Skeleton key={index} className="h-14 w-full" />
      ))}
    </div>
  );
}

/** Says that there is nothing yet, why, and what to do about it. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-8 text-center">
      <span className="mb-1 inline-flex size-14 items-center justify-center rounded-full bg-jade-soft text-jade">
        <Icon aria-hidden className="size-6" />
      </span>
      <p className="text-base font-semibold">{title}</p>
      {children && <div className="max-w-sm text-sm text-ink-muted">{children}</div>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}

/** A boxed remark inside a page. */
export function Notice({
  tone = "info",
  icon: Icon,
  children,
  className,
  role,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  children: ReactNode;
  className?: string;
  role?: "status" | "alert";
}) {
  return (
    <div
      role={role}
      className={classNames("flex gap-3 rounded-2xl px-4 py-3 text-sm", toneClasses[tone], className)}
    >
      {Icon && <Icon aria-hidden className="mt-0.5 size-5 shrink-0" />}
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

/** Label and value in rows, as on a receipt. */
export function DetailList({ rows }: { rows: { label: string; value: ReactNode }[] }) {
  return (
    <dl className="divide-y divide-line">
      {rows.map((row) => (
        <div key={row.label} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 py-3">
          <dt className="text-sm text-ink-muted">{row.label}</dt>
          <dd className="ml-auto min-w-0 text-right text-base font-medium">{row.value}</dd>
        </div>
      ))}
    </dl>
  );
}
