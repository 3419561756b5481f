import { createECDH } from "node:crypto";
import { createQuickScriptClient } from "@jinqiao/sandbox-bank/quick-script-client";
import type { BankUnderTest, Driver } from "../subject.ts";

/** Customers are known by their cards: they sign an agreement with four elements and the code on their telephone. */
export async function quickPaymentDriver(bank: BankUnderTest): Promise<Driver> {
  const quick = createQuickScriptClient(bank.bankUrl, bank.scriptToken);
  const cards = await quick.cards();
  const cardOf = (username: string) => {
    const card = cards.find((one) => one.username === username && one.currency === bank.currency);
    if (card === undefined) throw new Error(`${username} has no card in ${bank.currency}`);
    return card;
  };
  const accountOf = new Map<string, string>();
  const people = bank.people.flatMap((person) => {
    const account = person.accounts.find(({ currency }) => currency === bank.currency);
    const card = cards.find((one) => one.username === person.username && one.currency === bank.currency);
    if (account === undefined || card === undefined) return [];
    accountOf.set(card.cardNumber, account.iban);
    return [{ ...person, accounts: [{ ...account, iban: card.cardNumber }] }];
  });
  const { truth, link } = bank;
  return {
    people,
    tokenless: "an agreement number is good for as long as the agreement",
    signedAnswers: [
      "createConsent",
      "consentAuthorisations",
      "consentStatus",
      "deleteConsent",
      "initiatePayment",
      "paymentStatus",
      "cancelPayment",
      "transactions",
    ],
    // The bank wants a code for what is above 5,000.00.
    askedAmountMinor: 500_100n,
    forgedSettings: { signKey: strangerKey(bank.entry.signKey as SignKey) },
    // An agreement has a number of its own, under which payments name the card's account.
    async link(wish) {
      const linked = await link(wish);
      accountOf.set(linked.account.iban, accountOf.get(cardOf(linked.username).cardNumber) ?? "");
      return linked;
    },
    endAtBank: ({ access }) => endOnPhone(bank.bankUrl, access.bankConsentId),
    truth: (number) => truth(accountOf.get(number) ?? number),
    binding: {
      async holder(username) {
        const { holderName, idType, idNumber, cardNumber, phone } = cardOf(username);
        return { holderName, idType, idNumber, cardNumber, phone };
      },
      async code({ phone }) {
        const [newest] = await quick.messages(phone);
        if (newest === undefined) throw new Error("the bank sent no code");
        return newest.code;
      },
    },
  };
}

type SignKey = { algorithm: string; serial: string; privateKey: string };

/** Another key on the same curve (GB/T 32918.5), under the number of ours. */
function strangerKey(own: SignKey): SignKey {
  const key = createECDH("SM2");
  key.generateKeys();
  return { ...own, privateKey: key.getPrivateKey("hex").padStart(64, "0") };
}

/** Presses the button on the customer's telephone, as the sandbox shows it. */
async function endOnPhone(bankUrl: string, agreement: string): Promise<void> {
  const action = `/phone/agreements/${agreement}/end`;
  const page = await (await fetch(`${bankUrl}/phone`)).text();
  const form = page.split("<form").find((part) => part.includes(`action="${action}"`));
  const token = /name="_csrf" value="([^"]*)"/.exec(form ?? "")?.[1];
  if (token === undefined) throw new Error("the telephone shows no such agreement");
  const answer = await fetch(`${bankUrl}${action}`, {
    method: "POST",
    body: new URLSearchParams({ _csrf: token }),
    redirect: "manual",
  });
  await answer.body?.cancel();
}
