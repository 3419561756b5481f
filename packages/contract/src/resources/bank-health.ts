import { z } from "zod";
import { instant, LocalText } from "../common.ts";
import { route } from "../route.ts";

export const BankHealth = z
  .object({
    bankId: z.string(),
    bankName: LocalText,
    dialect: z.string().meta({ example: "berlin-group" }),
    state: z.enum(["available", "unavailable", "maintenance"]),
    until: instant.nullable().describe("When the bank is asked again, or opens again."),
    circuit: z
      .enum(["closed", "open", "half_open"])
      .describe(
        "`open`: left alone after failures in a row; `half_open`: the next call finds out whether it is back.",
      ),
    lastSuccessAt: instant.nullable(),
    lastFailureAt: instant.nullable(),
    calls: z.number().int().describe("Calls that the figures are of: the last ones, at most 100."),
    failures: z.number().int(),
    medianMs: z.number().int().nullable().describe("Median time of the answered ones."),
    certificates: z
      .array(
        z.object({
          use: z
            .enum(["tls", "seal"])
            .describe("`tls`: proves who calls (QWAC, OBWAC); `seal`: who wrote a message (QSEAL)."),
          subject: z.string(),
          validTo: instant,
          state: z.enum(["valid", "ending", "ended"]).describe("`ending`: within 30 days."),
        }),
      )
      .describe("Our own certificates at this bank: without them it does not answer."),
  })
  .meta({
    id: "BankHealth",
    description:
      "How a bank is, as all processes know it; calls, failures and the median are those of the answering one since it started.",
  });
export type BankHealth = z.infer<typeof BankHealth>;

export const listBankHealth = route({
  id: "listBankHealth",
  method: "GET",
  path: "/v1/console/banks",
  tag: "Console",
  audience: "staff",
  permission: "banks.read",
  summary: "How each bank is: whether it answers, how fast, and until when it is closed",
  status: 200,
  response: z.object({ items: z.array(BankHealth) }),
  errors: [],
});
