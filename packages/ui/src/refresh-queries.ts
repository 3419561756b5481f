import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Reads anew whatever is known under `queryKey` (everything when it is left out), because it may have changed.
 *
 * A first reading that is still under way may have left the server before the change, and the library lets it stand
 * as the newest: the page would show the old state until the next event. It is therefore read once more.
 */
export async function refreshQueries(client: QueryClient, queryKey: QueryKey = []): Promise<void> {
  const firstReadings = client
    .getQueryCache()
    .findAll({ queryKey, fetchStatus: "fetching", predicate: ({ state }) => state.data === undefined });
  // Joins the first readings under way, starts all others over.
  await client.invalidateQueries({ queryKey });
  await Promise.all(
    firstReadings.map(({ queryKey: own }) => client.invalidateQueries({ queryKey: own, exact: true })),
  );
}
