import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { refreshQueries } from "./refresh-queries.ts";

/** A page that shows one payment; the server's answers come when the test says so. */
function page() {
  const client = new QueryClient();
  const asked: ((status: string) => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ["payments", "pay_1"],
    queryFn: () => new Promise<string>((resolve) => asked.push(resolve)),
  });
  const stop = observer.subscribe(() => {});
  const answer = async (status: string) => {
    asked.at(-1)?.(status);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { client, asked, answer, shown: () => observer.getCurrentResult().data, stop };
}

test("a change that comes while the page reads for the first time is read after it", async () => {
  const { client, asked, answer, shown, stop } = page();
  const refreshed = refreshQueries(client, ["payments"]);
  await answer("authorised");
  expect(asked).toHaveLength(2);
  await answer("submitted");
  await refreshed;
  expect(shown()).toBe("submitted");
  stop();
});

test("later readings are started over, once, and other records are left alone", async () => {
  const { client, asked, answer, shown, stop } = page();
  await answer("authorised");
  const slow = refreshQueries(client, ["payments"]);
  const refreshed = refreshQueries(client);
  await refreshQueries(client, ["balances"]);
  expect(asked).toHaveLength(3);
  asked[1]?.("overtaken");
  await answer("settled");
  await Promise.all([slow, refreshed]);
  expect(shown()).toBe("settled");
  stop();
});
