import { Field } from "@jinqiao/ui";
import type { ComponentProps } from "react";

/**
 * A field for a code of six digits. The phone offers the code from the message that has just come, shows digits
 * alone, and nothing corrects or capitalises what is typed.
 */
export function CodeField(props: Omit<ComponentProps<typeof Field>, "name"> & { name?: string }) {
  return (
    <Field
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={11}
      className="tabular text-xl tracking-[0.3em]"
      {...props}
    />
  );
}

/** The digits of a code as people type it: with spaces or a hyphen between, or with full-width digits. */
export function digitsOf(typed: unknown): string {
  return String(typed ?? "")
    .normalize("NFKC")
    .replace(/[\s-]/g, "");
}
