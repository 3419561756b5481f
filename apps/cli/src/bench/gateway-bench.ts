import { mkdir } from "node:fs/promises";
import type { BenchOptions } from "../commands/bench.ts";
import { finish } from "../terminal.ts";
import { type BenchShop, type GatewayLoad, startGatewayLoad } from "./gateway-load-process.ts";
import type { GatewayReport } from "./gateway-report.ts";
import { fillPayments, openShops, withEngine } from "./gateway-shops.ts";
import { measureWebhooks } from "./gateway-webhooks.ts";
import type { Person } from "./http-load-process.ts";
import { type MeasuredServer, startMeasuredServer } from "./measured-server.ts";
import { openPgbench } from "./pgbench.ts";
import { loadNow, openPlace } from "./place.ts";
import { slotMsOf } from "./plan.ts";
import { inRounds, median, medianOf, ratio } from "./rounds.ts";

const connections = 64;
const shopCount = 64;
/** What a page and a day are read from; the shorter run fills a tenth. */
const payments = { full: 1_000_000, quick: 100_000 };
const reads = 40;
/** More than a second's worth, so that starting and ending weigh little. */
const webhookCount = 10_000;

/**
 * Payments of shops through the whole server: created by a secret key, paid by a signed-in payer. Spread over many shops
 * and with nine in ten on one; `pgbench` runs in turn with them on the same PostgreSQL. Then the lists of a shop with a
 * million payments, and webhooks.
 */
export async function gatewayBench(options: BenchOptions): Promise<GatewayReport> {
  const { plan, terminal, signal } = options;
  const loadStart = loadNow();
  const began = performance.now();
  const undo: (() => Promise<void>)[] = [];
  try {
    const place = await finish(
      terminal.step({ en: "Starting a throw-away PostgreSQL", zh: "正在启动一次性 PostgreSQL" }),
      () => openPlace(options.databaseUrl),
    );
    undo.push(place.close);
    signal.throwIfAborted();
    const databaseUrl = await place.createDatabase("gateway");
    if (options.cpuProfile !== undefined) await mkdir(options.cpuProfile, { recursive: true });
    const server = await finish(terminal.step({ en: "Starting the server", zh: "正在启动服务端" }), () =>
      startMeasuredServer({ databaseUrl, cpuProfile: options.cpuProfile }),
    );
    undo.push(server.stop);
    signal.throwIfAborted();
    const { people, shops, pgbench } = await finish(
      terminal.step({
        en: `Opening ${plan.customers} wallets and ${shopCount} shops, and filling the tables of pgbench`,
        zh: `正在开立 ${plan.customers} 个钱包和 ${shopCount} 家商户，并准备 pgbench 数据`,
      }),
      async () => {
        const people = await server.signUp(plan.customers);
        return {
          people,
          shops: await withEngine(databaseUrl, (engine) => openShops(engine, people, shopCount)),
          pgbench: await openPgbench({
            databaseUrl: await place.createDatabase("pgbench"),
            scale: plan.pgbenchScale,
            signal,
          }),
        };
      },
    );
    const load = startGatewayLoad();
    undo.push(load.close);

    const ms = slotMsOf(plan, 3 * plan.rounds + 4, performance.now() - began);
    let paid = 0;
    const loadCpu: number[] = [];
    const pay = (hotPerMille: number) => async (): Promise<{ count: number; seconds: number }> => {
      const answer = await underLoad(load, server, { people, shops, hotPerMille, ms });
      paid += answer.count;
      loadCpu.push(answer.cpuSeconds / answer.seconds);
      return answer;
    };
    const measuring = terminal.step({ en: "Warming up", zh: "正在预热" });
    const samples = await finish(
      measuring,
      async () => {
        await pay(0)();
        await pay(900)();
        await place.checkpoint();
        return inRounds(
          [
            {
              name: "pgbench32",
              run: async () => (pgbench === null ? null : pgbench.tpcB(Math.max(1, Math.round(ms / 1000)))),
            },
            { name: "spread64", run: () => place.measure(pay(0), { pid: server.pid }) },
            { name: "hot64", run: () => place.measure(pay(900), { pid: server.pid }) },
          ],
          {
            rounds: plan.rounds,
            signal,
            onTurn: ({ name }, round) =>
              measuring.update({
                en: `Measuring, round ${round} of ${plan.rounds}: ${name}`,
                zh: `正在测量，第 ${round}/${plan.rounds} 轮：${name}`,
              }),
          },
        );
      },
      { en: "Measured", zh: "测量完成" },
    );

    const filled = plan.full === null ? payments.quick : payments.full;
    const reading = await finish(
      terminal.step({
        en: `Checking the books, and reading pages of ${filled} payments`,
        zh: `正在核对账本，并读取 ${filled} 笔付款的列表`,
      }),
      async () => {
        await withEngine(databaseUrl, async (engine) => {
          await requireExact(engine, paid);
          const [shop] = await openShops(engine, people.slice(0, 1), 1);
          await fillPayments(engine, (shop as BenchShop).id, filled);
          shops.push(shop as BenchShop);
        });
        return readPages(server, shops.at(-1) as BenchShop);
      },
    );

    const webhooks = await finish(
      terminal.step({
        en: `Sending ${webhookCount} webhooks to a receiver on this machine`,
        zh: `正在向本机接收端发送 ${webhookCount} 条通知`,
      }),
      async () =>
        measureWebhooks({
          databaseUrl: await place.createDatabase("webhooks"),
          count: webhookCount,
          signal,
        }),
    );

    const of = (name: string, property: "rate" | "cpuNode" | "cpuPostgres" | "walBytes") =>
      medianOf(samples.get(name), property);
    return {
      machine: { ...place.machine, pgbench: pgbench?.version ?? null },
      load: { start: loadStart, end: loadNow() },
      ratios: {
        paymentVsPgbench: ratio(of("hot64", "rate"), of("pgbench32", "rate")),
        hotVsSpread: ratio(of("hot64", "rate"), of("spread64", "rate")),
        webhooksPerSecond: webhooks.webhooksPerSecond,
        listMs: Math.max(...Object.values(reading.pages)),
        takingsMs: reading.takings,
      },
      figures: {
        spread64: of("spread64", "rate"),
        hot64: of("hot64", "rate"),
        pgbench32: of("pgbench32", "rate"),
        walBytesPerPayment: of("spread64", "walBytes"),
        cpuServer: of("spread64", "cpuNode"),
        cpuPostgres: of("spread64", "cpuPostgres"),
        cpuLoad: median(loadCpu),
        ...reading.pages,
        payments: paid,
        paymentsListed: filled,
        customers: plan.customers,
        shops: shopCount,
        pgbenchScale: pgbench === null ? null : plan.pgbenchScale,
      },
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Every answer must be 201: a benchmark of refusals measures something else. */
async function underLoad(
  load: GatewayLoad,
  server: MeasuredServer,
  order: { people: readonly Person[]; shops: readonly BenchShop[]; hotPerMille: number; ms: number },
) {
  const answer = await load.run({ port: server.port, origin: server.origin, connections, ...order });
  if (Object.keys(answer.statuses).some((status) => status !== "201"))
    throw new Error(`The server did not take every payment: ${JSON.stringify(answer.statuses)}`);
  return answer;
}

/** What was answered is in the books once, and the books are whole. */
async function requireExact(
  { db, ledger }: Parameters<Parameters<typeof withEngine>[1]>[0],
  paid: number,
): Promise<void> {
  const [row] = await db.query<{ intents: bigint; payments: bigint; booked: bigint; told: bigint }>(
    `SELECT (SELECT count(*) FROM merchants.intent WHERE status = 'succeeded') AS intents,
            (SELECT count(*) FROM payments.payment WHERE kind = 'purchase' AND status = 'settled') AS payments,
            (SELECT coalesce(sum(balance), 0)::bigint FROM ledger.account WHERE code LIKE 'merchant:%') AS booked,
            (SELECT coalesce(sum(net), 0)::bigint FROM merchants.balance_transaction) AS told`,
  );
  if (row?.intents !== BigInt(paid) || row.payments !== BigInt(paid))
    throw new Error(`${paid} payments were answered; ${row?.intents} and ${row?.payments} are stored.`);
  if (row.booked !== row.told)
    throw new Error(`Shops have ${row.booked} in the books and are told of ${row.told}.`);
  const violations = await ledger.violations();
  if (violations.length > 0) throw new Error(`The books are broken: ${JSON.stringify(violations[0])}`);
}

/** Median times of pages over HTTP, milliseconds. */
async function readPages(server: MeasuredServer, shop: BenchShop) {
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${server.origin}${path}`, {
      headers: { authorization: `Bearer ${shop.secret}` },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const timed = async (path: string): Promise<number> => {
    await get(path);
    const times: number[] = [];
    for (let turn = 0; turn < reads; turn += 1) {
      const start = performance.now();
      await get(path);
      times.push(performance.now() - start);
    }
    return median(times) as number;
  };
  const first = await get("/v1/payment_intents?limit=20");
  const middle = `pi_${Math.floor(payments.quick / 2)
    .toString(16)
    .padStart(26, "0")}`;
  const now = Date.now();
  const from = new Date(now - 86_400_000).toISOString();
  const to = new Date(now + 60_000).toISOString();
  return {
    pages: {
      listFirstMs: await timed("/v1/payment_intents?limit=20"),
      listNextMs: await timed(`/v1/payment_intents?limit=20&cursor=${first.nextCursor}`),
      listDeepMs: await timed(`/v1/payment_intents?limit=20&status=succeeded&cursor=${middle}`),
      listOfStatusMs: await timed("/v1/payment_intents?limit=20&status=canceled"),
    },
    takings: await timed(`/v1/takings?from=${from}&to=${to}&step=quarter_hour`),
  };
}
