/** Signing baskets: NextGenPSD2 1.3.11, /v1/signing-baskets. */
import type { Bank } from "../context.ts";
import { findAccounts } from "../ledger/accounts.ts";
import { findPayment, type Payment } from "../payments/store.ts";
import { authorisationEndpoints } from "./authorisation-endpoints.ts";
import { type Basket, basketPayments, findBasket, insertBasket, setBasketStatus } from "./baskets.ts";
import { formatError, Xs2aError } from "./errors.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";
import { answerOnce } from "./requests.ts";
import { announceSca, type ScaTarget } from "./sca.ts";

const MAX_PAYMENTS = 100;

export function basketEndpoints(bank: Bank): Endpoint[] {
  const url = "/v1/signing-baskets";
  const fault = "signingBaskets";
  const one = `${url}/:basketId`;
  return [
    {
      operationId: "createSigningBasket",
      method: "POST",
      url,
      fault,
      handle: (call) => create(bank, call),
    },
    {
      operationId: "getSigningBasket",
      method: "GET",
      url: one,
      fault,
      handle: async (call) => {
        const basket = await own(bank, call);
        const payments = (await basketPayments(bank.db, basket.id)).map(({ id }) => id);
        return { status: 200, body: { payments, transactionStatus: basket.status } };
      },
    },
    {
      operationId: "getSigningBasketStatus",
      method: "GET",
      url: `${one}/status`,
      fault,
      handle: async (call) => ({
        status: 200,
        body: { transactionStatus: (await own(bank, call)).status },
      }),
    },
    {
      operationId: "deleteSigningBasket",
      method: "DELETE",
      url: one,
      fault,
      handle: (call) => dissolve(bank, call),
    },
    ...authorisationEndpoints(bank, {
      url: `${one}/authorisations`,
      fault,
      operations: {
        start: "startSigningBasketAuthorisation",
        list: "getSigningBasketAuthorisation",
        status: "getSigningBasketScaStatus",
        update: "updateSigningBasketPsuData",
      },
      target: async (call) => {
        const basket = await own(bank, call);
        return { target: targetOf(bank, basket.id), waits: basket.status === "RCVD" };
      },
    }),
  ];
}

async function own(bank: Bank, call: Call): Promise<Basket> {
  const basket = await findBasket(bank.db, call.path.basketId ?? "");
  if (basket?.clientId !== call.caller.clientId)
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "The bank knows no such basket of this TPP.", "basketId");
  return basket;
}

async function create(bank: Bank, call: Call): Promise<Answer> {
  const { paymentIds = [], consentIds = [] } = call.body as { paymentIds?: string[]; consentIds?: string[] };
  if (consentIds.length > 0)
    throw new Xs2aError(
      400,
      "REFERENCE_MIX_INVALID",
      "This bank's baskets hold payments only.",
      "consentIds",
    );
  if (paymentIds.length === 0 || paymentIds.length > MAX_PAYMENTS)
    throw formatError(`A basket holds 1 to ${MAX_PAYMENTS} payments.`, "paymentIds");
  if (new Set(paymentIds).size !== paymentIds.length)
    throw formatError("A payment is named twice.", "paymentIds");
  return answerOnce(bank, call, "createSigningBasket", async (tx) => {
    const payments: Payment[] = [];
    for (const id of paymentIds) {
      const payment = await findPayment(tx, id, { lock: true });
      if (payment?.clientId !== call.caller.clientId)
        throw new Xs2aError(400, "RESOURCE_UNKNOWN", "The bank knows no such payment.", "paymentIds");
      if (payment.status !== "RCVD")
        throw new Xs2aError(409, "REFERENCE_STATUS_INVALID", "A payment waits for nobody.", "paymentIds");
      payments.push(payment);
    }
    const taken = await tx.query<{ payment_id: string }>(
      `SELECT i.payment_id FROM signing_basket_payments i JOIN signing_baskets b ON b.id = i.basket_id
        WHERE i.payment_id = ANY ($1::uuid[])`,
      [paymentIds],
    );
    if (taken.rows.length > 0)
      throw new Xs2aError(409, "REFERENCE_STATUS_INVALID", "A payment lies in another basket.", "paymentIds");
    const owners = new Set(
      (
        await findAccounts(
          tx,
          payments.map(({ debtorAccount }) => debtorAccount),
        )
      ).map(({ ownerPsu }) => ownerPsu),
    );
    // One person confirms a basket, so all of it must be theirs.
    if (owners.size !== 1)
      throw new Xs2aError(
        400,
        "REFERENCE_MIX_INVALID",
        "The payments belong to several people.",
        "paymentIds",
      );
    const id = bank.random.uuid();
    await insertBasket(
      tx,
      { id, clientId: call.caller.clientId, status: "RCVD", now: bank.clock.now() },
      paymentIds,
    );
    const self = `${bank.apiUrl}/v1/signing-baskets/${id}`;
    const sca = await announceSca(bank, tx, call, targetOf(bank, id));
    const { psuMessage } = sca.body;
    return {
      status: 201,
      headers: { location: self, ...sca.headers },
      body: {
        transactionStatus: "RCVD",
        basketId: id,
        _links: { self: { href: self }, status: { href: `${self}/status` }, ...sca.links },
        ...(psuMessage === undefined ? {} : { psuMessage }),
      },
    };
  });
}

/** A basket nobody confirmed is dissolved; its payments stay and can be confirmed one by one. */
async function dissolve(bank: Bank, call: Call): Promise<Answer> {
  const basket = await own(bank, call);
  if (basket.status !== "RCVD" && basket.status !== "CANC")
    throw new Xs2aError(409, "STATUS_INVALID", `The basket is ${basket.status} already.`);
  await bank.db.transaction(async (tx) => {
    await setBasketStatus(tx, basket.id, "CANC");
    await tx.query("DELETE FROM signing_basket_payments WHERE basket_id = $1", [basket.id]);
    await tx.query("UPDATE authorisations SET sca_status = 'failed' WHERE basket_id = $1", [basket.id]);
  });
  return { status: 204 };
}

function targetOf(bank: Bank, id: string): ScaTarget {
  return {
    column: "basket_id",
    id,
    purpose: "confirm",
    list: `${bank.apiUrl}/v1/signing-baskets/${id}/authorisations`,
    redirect: { name: "scaRedirect", page: `${bank.baseUrl}/sca/authorisations` },
  };
}
