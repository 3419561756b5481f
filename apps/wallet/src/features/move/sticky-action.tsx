import type { ReactNode } from "react";

/** Keeps a form's button in reach on the phone, below everything that scrolls. It stands inside a `Card`. */
export function StickyAction({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-0 -mx-5 -mb-5 rounded-b-card border-t border-line bg-surface p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] md:static md:m-0 md:border-0 md:p-0">
      {children}
    </div>
  );
}
