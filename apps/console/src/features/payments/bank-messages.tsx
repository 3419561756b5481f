import { CopyText } from "@jinqiao/ui";
import { ArrowDownLeft, ArrowUpRight, ChevronRight } from "lucide-react";
import type { BankMessage } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { usePaymentT } from "../../i18n.ts";
import { useWords } from "../../words.ts";

/** What we said to the bank and what it answered, in order; each opens to its content, masked by the server. */
export function BankMessages({ messages }: { messages: readonly BankMessage[] }) {
  const t = usePaymentT();
  if (messages.length === 0) return <p className="text-sm text-ink-muted">{t("payment.no_messages")}</p>;
  const ordered = messages
    .map((message, index) => ({ message, index }))
    .sort((a, b) => Date.parse(a.message.at) - Date.parse(b.message.at) || a.index - b.index);
  const item = ({ message }: (typeof ordered)[number]) => (
    <li key={message.id} data-testid="bank-message" data-direction={message.direction}>
      <Message message={message} />
    </li>
  );
  // A bank that was asked for an hour has said the same many times: how it began and how it ended stand open.
  const between = ordered.length > shownWhole ? ordered.slice(shownAtEnds, -shownAtEnds) : [];
  if (between.length === 0) return <ol className="grid gap-2">{ordered.map(item)}</ol>;
  return (
    <ol className="grid gap-2">
      {ordered.slice(0, shownAtEnds).map(item)}
      <li>
        <details>
          <summary className="cursor-pointer rounded-xl border border-dashed border-line-strong px-3 py-2 text-sm text-ink-muted hover:bg-sunken">
            {t("message.between", { count: between.length })}
          </summary>
          <ol className="mt-2 grid gap-2">{between.map(item)}</ol>
        </details>
      </li>
      {ordered.slice(-shownAtEnds).map(item)}
    </ol>
  );
}

const shownWhole = 16;
const shownAtEnds = 6;

function Message({ message }: { message: BankMessage }) {
  const t = usePaymentT();
  const words = useWords();
  const sent = message.direction === "sent";
  const Arrow = sent ? ArrowUpRight : ArrowDownLeft;
  return (
    <details className="group rounded-xl border border-line">
      <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1 rounded-xl px-3 py-2 text-sm hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-muted transition-transform group-open:rotate-90 motion-reduce:transition-none"
        />
        <span className={`inline-flex items-center gap-1 font-medium ${sent ? "text-jade" : "text-ink"}`}>
          <Arrow aria-hidden className="size-4" />
          {t(sent ? "message.sent" : "message.received")}
        </span>
        <span>{words.messageKind(message.kind)}</span>
        {message.outcome !== null && <span>{words.outcome(message.outcome)}</span>}
        {message.httpStatus !== null && <span className="text-ink-muted">HTTP {message.httpStatus}</span>}
        {message.durationMs !== null && (
          <span className="text-ink-muted">{t("message.duration", { ms: message.durationMs })}</span>
        )}
        <span className="ml-auto text-xs text-ink-muted">
          <InstantText value={message.at} />
        </span>
      </summary>
      <div className="grid gap-2 border-t border-line p-3">
        <CopyText text={message.id} className="text-ink-muted" />
        <p className="text-xs text-ink-muted">{t("message.masked")}</p>
        <MessageContent content={message.content} />
      </div>
    </details>
  );
}

function MessageContent({ content }: { content: unknown }) {
  const t = usePaymentT();
  if (content === null || content === undefined)
    return <p className="text-sm text-ink-muted">{t("message.empty")}</p>;
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a long message scrolls in this box, also by keyboard
      tabIndex={0}
      aria-label={t("message.content")}
      className="max-h-96 overflow-auto rounded-lg bg-sunken p-3"
    >
      <pre className="font-mono text-xs whitespace-pre-wrap break-words">{text}</pre>
    </section>
  );
}
