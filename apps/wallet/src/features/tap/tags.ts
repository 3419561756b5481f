/** What the page needs of Web NFC (W3C Community Group report): it is no part of the DOM's types. */
export type TagRecord = { recordType: string; data?: DataView | undefined };
declare global {
  class NDEFReader extends EventTarget {
    scan(options?: { signal?: AbortSignal }): Promise<void>;
    write(message: { records: { recordType: "url"; data: string }[] }): Promise<void>;
  }
}

export type TagProblem = "denied" | "failed" | "empty";

/** Listens for tags until the signal ends it. @throws DOMException where NFC is refused or switched off */
export async function openTagReader(
  signal: AbortSignal,
  on: { onTag(records: readonly TagRecord[]): void; onProblem(): void },
): Promise<void> {
  const reader = new NDEFReader();
  reader.addEventListener("reading", (event) => {
    if (!signal.aborted)
      on.onTag((event as Event & { message: { records: readonly TagRecord[] } }).message.records);
  });
  reader.addEventListener("readingerror", () => {
    if (!signal.aborted) on.onProblem();
  });
  await reader.scan({ signal });
}

/** The first web address on a tag (NDEF URI record, which Web NFC gives as `url`). */
export function urlOf(records: readonly TagRecord[]): string | undefined {
  for (const { recordType, data } of records) {
    if (recordType !== "url" && recordType !== "absolute-url") continue;
    const text = data && new TextDecoder().decode(data).trim();
    if (text && URL.canParse(text)) return text;
  }
  return undefined;
}

/** Whether a link leads to one of our own codes: nothing else is written to tags from here. */
export function isOwnCodeLink(link: string, origin: string): boolean {
  if (!URL.canParse(link)) return false;
  const { origin: theirs, pathname } = new URL(link);
  return theirs === origin && /^\/(t\/qrc_[0-9a-z]{26}|pay\/[0-9a-z]{32})$/.test(pathname);
}
