/** Typed client of what only a quick payment bank can be asked by script. */

export interface QuickScriptClient {
  /** Registers the key under which a company's messages are believed; answers the bank's own keys. */
  merchant(input: {
    clientId: string;
    algorithm: "RSA-SHA256" | "SM2-SM3";
    serial: string;
    publicKey: string;
  }): Promise<{
    signKey: { algorithm: "RSA-SHA256" | "SM2-SM3"; serial: string; publicKey: string };
    cipherKey: { serial: string; publicKey: string };
  }>;
  cards(): Promise<
    {
      username: string;
      currency: string;
      cardNumber: string;
      holderName: string;
      idType: "resident_identity_card" | "passport";
      idNumber: string;
      phone: string;
    }[]
  >;
  /** The customer ends an agreement at the bank. */
  endAgreement(bindingId: string): Promise<void>;
  /** Messages to a telephone, newest first. */
  messages(phone: string): Promise<{ phone: string; code: string; textEn: string; textZh: string }[]>;
}

export function createQuickScriptClient(url: string, token: string): QuickScriptClient {
  async function call<Result>(method: string, path: string, body?: unknown): Promise<Result> {
    const response = await fetch(`${url}/script/quick${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /script/quick${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Result;
  }
  return {
    merchant: (input) => call("POST", "/merchants", input),
    cards: () => call("GET", "/cards"),
    endAgreement: async (bindingId) => {
      await call("POST", `/agreements/${encodeURIComponent(bindingId)}/end`, {});
    },
    messages: (phone) => call("GET", `/messages?phone=${encodeURIComponent(phone)}`),
  };
}
