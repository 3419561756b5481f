import { type ChildProcess, fork } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openEngine } from "@jinqiao/server/engine";
import type { BenchOptions } from "../commands/bench.ts";
import { openWallet, outboxOf } from "../demo/enter.ts";
import { mapPool } from "../demo/pool.ts";
import { createSession } from "../demo/session.ts";
import { finish } from "../terminal.ts";
import { openConnection } from "./http-connection.ts";
import { type MeasuredServer, startMeasuredServer } from "./measured-server.ts";
import { loadNow, openPlace } from "./place.ts";
import { median, ratio } from "./rounds.ts";
import type { Signer, SignInLoadAnswer, SignInOrder } from "./sign-in-load.ts";
import type { SignInReport } from "./sign-in-report.ts";

const signInsPerSecond = 20;
/** A load that leaves room on two cores: what a queue does to latency when there is none is another question. */
const paymentsPerSecond = 60;
const mostPayers = 32;
/** Pairs of a wrong password and an unknown address: one network address is let fail 200 times before it waits. */
const mostPairs = 95;

/**
 * Signing in with passwords (argon2id by OWASP's parameters) beside payments, through the whole server: how much slower
 * payments become, what the check of a session costs, and whether the time of an answer tells which addresses exist.
 */
export async function signInBench(options: BenchOptions): Promise<SignInReport> {
  const { plan, terminal, signal } = options;
  const start = loadNow();
  const undo: (() => Promise<void>)[] = [];
  try {
    const place = await finish(
      terminal.step({ en: "Starting a throw-away PostgreSQL", zh: "正在启动一次性 PostgreSQL" }),
      () => openPlace(options.databaseUrl),
    );
    undo.push(place.close);
    const databaseUrl = await place.createDatabase("sign_in");
    const server = await finish(terminal.step({ en: "Starting the server", zh: "正在启动服务端" }), () =>
      startMeasuredServer({ databaseUrl }),
    );
    undo.push(server.stop);
    signal.throwIfAborted();
    const { people, signers } = await finish(
      terminal.step({ en: "Opening wallets", zh: "正在开立钱包" }),
      async () => ({
        people: await server.signUp(Math.min(mostPayers, plan.customers)),
        signers: await mapPool(Array.from({ length: plan.customers }), 2, () => openSigner(server.origin)),
      }),
    );
    const load = startLoad();
    undo.push(load.close);

    const order = { port: server.port, origin: server.origin, payers: people, signers, paymentsPerSecond };
    // Below a thousand payments a percentile of a hundredth rests on a handful of them.
    const ms = Math.max(plan.slotMs * 4, plan.slotMs < 1_000 ? 0 : 17_000);
    const measuring = terminal.step({ en: "Warming up", zh: "正在预热" });
    const rounds: { alone: number; beside: number; signIn: number; rate: number }[] = [];
    await finish(
      measuring,
      async () => {
        await load.run({ ...order, ms: Math.min(ms, 3_000), signInsPerSecond });
        for (let round = 1; round <= plan.rounds; round += 1) {
          signal.throwIfAborted();
          measuring.update({
            en: `Payments without and beside sign-ins, round ${round} of ${plan.rounds}`,
            zh: `有无登录时的付款，第 ${round}/${plan.rounds} 轮`,
          });
          const alone = await load.run({ ...order, ms, signInsPerSecond: 0 });
          const beside = await load.run({ ...order, ms, signInsPerSecond });
          rounds.push({
            alone: percentile(alone.payments, 99),
            beside: percentile(beside.payments, 99),
            signIn: percentile(beside.signIns, 50),
            rate: (beside.signIns.length * 1_000) / ms,
          });
        }
      },
      { en: "Payments beside sign-ins", zh: "登录时的付款" },
    );
    signal.throwIfAborted();
    const session = await finish(terminal.step({ en: "The check of a session", zh: "会话检查" }), () =>
      sessionCheck(server, databaseUrl, people[0]?.cookie ?? "", Math.min(1_500, 12 * plan.customers)),
    );
    const unknown = await finish(
      terminal.step({ en: "Unknown addresses and wrong passwords", zh: "未知邮箱与错误密码" }),
      () => unknownAddress(server, signers, signal),
    );
    const of = (name: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[name]));
    return {
      machine: place.machine,
      load: { start, end: loadNow() },
      paymentP99Ratio: median(rounds.flatMap(({ alone, beside }) => ratio(beside, alone) ?? [])),
      sessionCheckMs: session.with - session.without,
      unknownAddressMs: Math.abs(unknown.unknown - unknown.wrong),
      figures: {
        paymentsPerSecond,
        signInsPerSecond: of("rate"),
        paymentP99AloneMs: of("alone"),
        paymentP99BesideSignInsMs: of("beside"),
        signInMedianMs: of("signIn"),
        requestWithSessionMs: session.with,
        requestWithoutSessionMs: session.without,
        sessionLookUpMs: session.lookedUp,
        unknownAddressMedianMs: unknown.unknown,
        wrongPasswordMedianMs: unknown.wrong,
        timedPairs: unknown.pairs,
      },
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Somebody with a password, on a device where a second factor was given. */
async function openSigner(origin: string): Promise<Signer> {
  const { api, cookie } = createSession(origin);
  const email = `signer-${randomUUID()}@bench.example`;
  const password = randomBytes(12).toString("base64url");
  await openWallet(api, { email, password, displayName: "Signer", locale: "en" }, outboxOf(api));
  const deviceCookie = cookie()
    .split("; ")
    .filter((pair) => /device=/.test(pair))
    .join("; ");
  if (deviceCookie === "") throw new Error("Opening a wallet set no cookie for the device.");
  return { email, password, deviceCookie };
}

/** The value below which so many percent of the values lie (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/**
 * Requests that end when their body is found wrong: on a route that asks for a session first, and on a public one. A
 * session that was seen within the last second is remembered; `lookedUp` is what it adds to the first request of a
 * burst, which looks it up, as it does wherever a session ended a moment ago.
 */
async function sessionCheck(
  server: MeasuredServer,
  databaseUrl: string,
  cookie: string,
  rounds: number,
): Promise<{ with: number; without: number; lookedUp: number }> {
  const engine = await openEngine({ databaseUrl });
  const connection = await openConnection(server.port);
  const ask = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nOrigin: ${server.origin}\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\nIdempotency-Key: 12345678\r\nContent-Length: 2\r\n\r\n{}`;
  const [withSession, without] = [ask("/v1/transfers"), ask("/v1/sign-ups")];
  const withIt = () => expectStatus(connection.ask(withSession), 400);
  const withoutIt = () => expectStatus(connection.ask(without), 400);
  const times = await interleaved(rounds, [withIt, withoutIt]);
  // The notice has its own way to the server; after a pause everything is slower, so both are timed after one.
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const forget = () => engine.db.query("SELECT pg_notify('identity_session_ended', '')").then(pause);
  const rested = await interleaved(Math.min(rounds, 200), [withIt, withoutIt], { before: forget });
  connection.close();
  await engine.close();
  const of = (values: readonly number[] | undefined) => median(values ?? []) ?? Number.NaN;
  return { with: of(times[0]), without: of(times[1]), lookedUp: of(rested[0]) - of(rested[1]) };
}

/** Wrong passwords and unknown addresses in turn; each account once, so that no wait stands between. */
async function unknownAddress(server: MeasuredServer, signers: readonly Signer[], signal: AbortSignal) {
  const connection = await openConnection(server.port);
  const ask = (email: string) => {
    const body = JSON.stringify({ kind: "password", email, password: "not the password at all" });
    return `POST /v1/sessions HTTP/1.1\r\nHost: x\r\nOrigin: ${server.origin}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const known = signers.values();
  const pairs = Math.min(signers.length, mostPairs);
  const times = await interleaved(
    pairs,
    [
      () => expectStatus(connection.ask(ask(known.next().value?.email ?? "")), 401),
      () => expectStatus(connection.ask(ask(`signer-${randomUUID()}@bench.example`)), 401),
    ],
    { signal },
  );
  connection.close();
  return {
    wrong: median(times[0] ?? []) ?? Number.NaN,
    unknown: median(times[1] ?? []) ?? Number.NaN,
    pairs,
  };
}

/** Does each thing once per round, every other round backwards; answers the milliseconds of each. */
async function interleaved(
  rounds: number,
  acts: readonly (() => Promise<void>)[],
  { before, signal }: { before?: () => Promise<unknown>; signal?: AbortSignal } = {},
): Promise<number[][]> {
  const times: number[][] = acts.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    signal?.throwIfAborted();
    const turns = acts.map((act, index) => ({ act, index }));
    for (const { act, index } of round % 2 === 0 ? turns : turns.toReversed()) {
      await before?.();
      const began = performance.now();
      await act();
      times[index]?.push(performance.now() - began);
    }
  }
  return times;
}

async function expectStatus(answer: Promise<number>, expected: number): Promise<void> {
  const status = await answer;
  if (status !== expected) throw new Error(`${expected} was expected, and ${status} came.`);
}

/** The load's own process; every answer must be a payment made or somebody signed in. */
function startLoad(): { run(order: SignInOrder): Promise<SignInLoadAnswer>; close(): Promise<void> } {
  const child: ChildProcess = fork(fileURLToPath(new URL("./sign-in-load.ts", import.meta.url)), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const gone = once(child, "exit");
  return {
    async run(order) {
      const answered = once(child, "message");
      child.send(order);
      const first = await Promise.race([answered, gone.then(() => undefined)]);
      if (first === undefined) throw new Error("The load's process ended.");
      const [answer] = first as [SignInLoadAnswer | { error: string }];
      if ("error" in answer) throw new Error(`The load failed: ${answer.error}`);
      const wrong = Object.keys(answer.statuses).filter((status) => !status.endsWith(" 201"));
      if (wrong.length > 0)
        throw new Error(`The server did not take everything: ${JSON.stringify(answer.statuses)}`);
      return answer;
    },
    async close() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}
