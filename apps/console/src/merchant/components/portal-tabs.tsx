import { useCurrentInView } from "../../components/use-current-in-view.ts";
import { PortalLink, type PortalPath, type PortalSearch } from "../app/navigation.tsx";

export type PortalTab = { id: string; label: string; to: PortalPath; search?: PortalSearch };

/** Views of one list or parts of one subject, each with its own address. */
export function PortalTabs(props: { label: string; tabs: readonly PortalTab[]; current: string }) {
  const strip = useCurrentInView<HTMLElement>(props.current);
  return (
    <nav ref={strip} aria-label={props.label} className="-m-1 mb-3 min-w-0 overflow-x-auto p-1">
      <ul className="flex w-max gap-1">
        {props.tabs.map((tab) => (
          <li key={tab.id}>
            <PortalLink
              to={tab.to}
              {...(tab.search && { search: tab.search })}
              aria-current={tab.id === props.current ? "page" : undefined}
              data-testid={`tab-${tab.id}`}
              className={`block rounded-full px-3 py-1.5 text-sm whitespace-nowrap ${
                tab.id === props.current
                  ? "bg-jade-solid font-semibold text-on-jade"
                  : "text-ink-muted hover:bg-sunken hover:text-ink"
              }`}
            >
              {tab.label}
            </PortalLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
