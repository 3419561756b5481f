import { useFormat } from "../i18n.ts";

/** An instant to the second; the exact value in UTC is one hover away. */
export function InstantText({ value }: { value: string }) {
  const format = useFormat();
  return (
    <time dateTime={value} title={value} className="tabular whitespace-nowrap">
      {format.instant(value)}
    </time>
  );
}
