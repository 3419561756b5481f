import { LanguageSwitch, ThemeSwitch } from "@jinqiao/ui";
import type { ReactNode } from "react";
import { Brand } from "../../app/brand.tsx";

/** The frame of the pages where shops are paid: nothing leads away but what the payer chooses. */
export function CheckoutFrame({ children }: { children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-[64rem] flex-col px-4 md:px-6">
      <header className="flex items-center justify-between gap-3 py-5">
        <Brand className="flex" />
        <span className="flex gap-2">
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
      </header>
      <main className="min-w-0 flex-1 pb-16">{children}</main>
    </div>
  );
}
