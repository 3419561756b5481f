import { Link, type LinkProps } from "@tanstack/react-router";

import { useCurrentInView } from "./use-current-in-view.ts";

export type Tab = { id: string; label: string; to: LinkProps["to"]; search: LinkProps["search"] };

/** Views of one list, each with its own address. They scroll sideways in their own strip where there is no room. */
export function Tabs(props: { label: string; tabs: readonly Tab[]; current: string }) {
  const strip = useCurrentInView<HTMLElement>(props.current);
  return (
    <nav ref={strip} aria-label={props.label} className="-m-1 min-w-0 overflow-x-auto p-1">
      <ul className="flex w-max gap-1">
        {props.tabs.map((tab) => (
          <li key={tab.id}>
            <Link
              to={tab.to}
              search={tab.search}
              replace
              aria-current={tab.id === props.current ? "page" : undefined}
              data-testid={`tab-${tab.id}`}
              className={`block rounded-full px-3 py-1.5 text-sm whitespace-nowrap ${
                tab.id === props.current
                  ? "bg-jade-solid font-semibold text-on-jade"
                  : "text-ink-muted hover:bg-sunken hover:text-ink"
              }`}
            >
              {tab.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
