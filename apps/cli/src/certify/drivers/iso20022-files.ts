import type { BankUnderTest, Driver } from "../subject.ts";

/** The bank is reached by files: in its folder, and for drills by SFTP, where connections and answers can fail. */
export async function isoFilesDriver(bank: BankUnderTest): Promise<Driver> {
  const exchange = bank.entry.exchange as { kind: string; path: string };
  const { port, username, fingerprint } = await bank.script.sftp();
  const settings = (change: { hostFingerprint?: string; password?: string } = {}) => ({
    exchange: {
      kind: "sftp",
      host: "127.0.0.1",
      port,
      username,
      password: bank.scriptToken,
      hostFingerprint: fingerprint,
      ...change,
    },
  });
  return {
    tokenless: "files carry no tokens",
    files: { drillSettings: settings(), settings, folder: exchange.path },
  };
}
