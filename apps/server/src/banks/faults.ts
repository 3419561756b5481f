import type { BankConnector } from "./connector.ts";

/**
 * A place to break things in tests: called around every call to a bank. Throwing "before" means that the bank never
 * heard of it, "after" that it acted and nobody learnt of the answer, as when a process dies.
 */
export type BankFault = (when: "before" | "after", operation: string) => void;

/** A connector whose every call passes the fault. */
export function withFaults(connector: BankConnector, fault: BankFault): BankConnector {
  return new Proxy(connector, {
    get(target, name: keyof BankConnector) {
      const member = target[name];
      // These call no bank.
      if (typeof member !== "function" || ["close", "readNotice", "paymentReturn"].includes(name))
        return member;
      return async (...args: unknown[]) => {
        fault("before", name);
        const answer = await (member as (...args: unknown[]) => Promise<unknown>)(...args);
        fault("after", name);
        return answer;
      };
    },
  });
}
