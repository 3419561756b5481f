import { Link, type LinkProps, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** A path of the portal, below `/console/merchant`. The staff's routes are what the router's own types know. */
export type PortalPath = `/${string}`;
export type PortalSearch = Readonly<Record<string, string | undefined>>;

type PortalLinkProps = {
  to: PortalPath;
  search?: PortalSearch;
  children?: ReactNode;
  className?: string;
  exact?: boolean;
  replace?: boolean;
  "aria-label"?: string;
  "aria-current"?: "page" | undefined;
  "data-testid"?: string;
  "data-row-link"?: true;
};

export function PortalLink({ to, search = {}, exact = false, ...rest }: PortalLinkProps) {
  const target = { to, search } as LinkProps;
  return <Link {...target} {...rest} activeOptions={{ exact, includeSearch: false }} />;
}

export function usePortalNavigate(): (
  to: PortalPath,
  search?: PortalSearch,
  options?: { replace?: boolean },
) => Promise<void> {
  const navigate = useNavigate();
  return (to, search = {}, options = {}) => {
    const target: unknown = { to, search, ...options };
    return navigate(target as Parameters<typeof navigate>[0]);
  };
}

/** A parameter of the page's own address, say `paymentIntentId`. */
export function usePortalParam(name: string): string {
  const params: Record<string, string | undefined> = useParams({ strict: false });
  const value = params[name];
  if (value === undefined) throw new Error(`this page's address has no ${name}`);
  return value;
}

/** The search part of the address: texts only, what is empty is left out. */
export function usePortalSearch(): PortalSearch {
  const search: Record<string, unknown> = useSearch({ strict: false });
  return readSearch(search);
}

export function readSearch(search: Record<string, unknown>): PortalSearch {
  return Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) =>
      typeof value === "string" && value !== "" ? [[name, value.slice(0, 200)]] : [],
    ),
  );
}
