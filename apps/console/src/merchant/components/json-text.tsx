/** Machine text as it is: it scrolls sideways in its own frame, and can be scrolled by keyboard. */
export function JsonText({ label, text }: { label: string; text: string }) {
  return (
    <section aria-label={label} data-testid="json" className="min-w-0">
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
        tabIndex={0}
        className="max-h-[32rem] overflow-auto rounded-xl bg-sunken p-3 font-mono text-xs"
      >
        {text}
      </pre>
    </section>
  );
}
