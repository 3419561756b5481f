import { Button } from "@jinqiao/ui";
import { useT } from "../i18n.ts";

type Pages = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };

/** The next page of a list, on request: rows never move under the reader's eyes by themselves. */
export function LoadMore({ query }: { query: Pages }) {
  const t = useT();
  if (!query.hasNextPage) return null;
  return (
    <div className="flex justify-center border-t border-line py-3 print:hidden">
      <Button
        variant="secondary"
        size="small"
        pending={query.isFetchingNextPage}
        onClick={() => query.fetchNextPage()}
      >
        {t("list.more")}
      </Button>
    </div>
  );
}
