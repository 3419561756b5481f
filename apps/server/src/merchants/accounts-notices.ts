import { assert } from "../platform/errors.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import { type Desk, type Told, tellTask } from "./shop-desk.ts";

/** Tells a merchant's people what became of it. What is said is read anew, so that a job's payload names nobody. */
export function noticeJobs(desk: Desk): JobHandlers {
  const { db, identity, rows } = desk;

  async function invited(memberId: string): Promise<void> {
    const [row] = await db.query("SELECT * FROM merchants.member WHERE id = $1", [memberId]);
    const member = row && rows.toMember(row);
    if (member?.status !== "invited" || member.email === null || member.expiresAt === null) return;
    const merchant = await desk.merchantById(member.merchantId);
    assert(merchant, "a member belongs to a merchant");
    const known = await identity.customerByEmail(member.email);
    const { email, locale, role } = member;
    const until = member.expiresAt.toISOString();
    await db.transaction((tx) =>
      identity.messages.queue(tx, {
        to: known ? { customerId: known.id } : { email, locale },
        content: {
          kind: "merchant.invited",
          shopEn: merchant.tradingName.en,
          shopZh: merchant.tradingName.zh,
          role,
          until,
        },
      }),
    );
  }

  async function owners({ what, merchantId, at }: Exclude<Told, { what: "invited" }>): Promise<void> {
    const merchant = await desk.merchantById(merchantId);
    assert(merchant, "what is told is of a merchant");
    const note = ["opened", "declined", "suspended", "resumed"].includes(what) ? merchant.statusNote : null;
    const all = await desk.ownersOf(merchantId);
    await db.transaction(async (tx) => {
      for (const customerId of all)
        await identity.messages.queue(tx, {
          to: { customerId },
          content: {
            kind: "notice.merchant",
            what,
            shopEn: merchant.tradingName.en,
            shopZh: merchant.tradingName.zh,
            note: note ?? "",
            at,
          },
        });
    });
  }

  return {
    [tellTask]: (payload) => {
      const told = payload as Told;
      return told.what === "invited" ? invited(told.memberId) : owners(told);
    },
  };
}
