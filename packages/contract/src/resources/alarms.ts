import { z } from "zod";
import { idOf, instant, listOf, listQuery, note } from "../common.ts";
import { route } from "../route.ts";

export const Invariant = z
  .enum([
    "positions_dense",
    "transfer_complete",
    "double_entry",
    "entry_sequence",
    "entry_balance",
    "account_sequence",
    "account_balance",
    "account_held",
    "account_floor",
    "trial_balance",
    "totals",
    "custody",
    "log_consistent",
  ])
  .meta({ id: "Invariant", description: "What must always be true of the books." });

export const Alarm = z
  .object({
    id: idOf("alm"),
    status: z.enum(["open", "cleared"]),
    invariant: Invariant,
    currency: z.string().nullable().describe("Null where it cannot be told: every currency is stopped."),
    subject: z.string().describe("Id of a transfer, a position of the log, or an account with its currency."),
    unit: z
      .enum(["amount", "count", "text"])
      .describe("What the two figures are: amounts in the currency's decimals, numbers, or text."),
    expected: z.string().describe("What it should be."),
    found: z.string().describe("What it is."),
    foundAt: instant,
    clearance: z.object({ note: z.string(), by: z.string(), at: instant }).nullable(),
  })
  .meta({
    id: "Alarm",
    description:
      "A broken invariant of the books. While it is open, no money of the currency leaves to banks.",
  });
export type Alarm = z.infer<typeof Alarm>;

const alarmParams = z.object({ alarmId: z.string() });

export const listAlarms = route({
  id: "listAlarms",
  method: "GET",
  path: "/v1/console/alarms",
  tag: "Console",
  audience: "staff",
  permission: "alarms.read",
  summary: "Alarms of the invariant watch, newest first",
  query: z.object({ ...listQuery, status: z.enum(["open", "cleared"]).optional() }),
  status: 200,
  response: listOf(Alarm),
  errors: [],
});
export const getAlarm = route({
  id: "getAlarm",
  method: "GET",
  path: "/v1/console/alarms/{alarmId}",
  tag: "Console",
  audience: "staff",
  permission: "alarms.read",
  summary: "One alarm",
  params: alarmParams,
  status: 200,
  response: Alarm,
  errors: [],
});
export const clearAlarm = route({
  id: "clearAlarm",
  method: "POST",
  path: "/v1/console/alarms/{alarmId}/clearance",
  tag: "Console",
  audience: "staff",
  permission: "alarms.clear",
  idempotent: true,
  summary: "Clear an alarm that was looked into, with the reason",
  params: alarmParams,
  status: 200,
  response: Alarm,
  body: z.strictObject({ note: note.min(5, "field.required") }),
  errors: ["ledger.alarm_already_cleared", "ledger.alarm_still_true", "identity.not_allowed"],
});
