import type { ReactNode } from "react";
import { PortalLink, type PortalPath } from "../app/navigation.tsx";

/** The link that covers a whole row of a table; j, k and the arrows move between such links. */
export function PortalRowLink({ to, children }: { to: PortalPath; children: ReactNode }) {
  return (
    <PortalLink
      to={to}
      data-row-link
      className="font-medium text-ink no-underline after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-md focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-jade"
    >
      {children}
    </PortalLink>
  );
}
