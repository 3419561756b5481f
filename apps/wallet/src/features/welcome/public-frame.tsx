import { LanguageSwitch, ThemeSwitch } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Brand } from "../../app/brand.tsx";

/** The frame of the pages before signing in. */
export function PublicFrame({ children }: { children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-[70rem] flex-col px-4 md:px-6">
      <header className="flex items-center justify-between gap-3 py-5">
        <Link to="/welcome" className="rounded-lg">
          <Brand className="flex" />
        </Link>
        <span className="flex gap-2">
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
      </header>
      <main className="flex min-w-0 flex-1 flex-col justify-center pb-16">{children}</main>
    </div>
  );
}
