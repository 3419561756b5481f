/** One sentence, in both languages, that says what is wrong and what the person can do about it. */
export type SetupText = { en: string; zh: string };

/**
 * Something on this machine stops Jinqiao from starting, and the person at the keyboard can mend it.
 * It is shown as its text alone, without a stack: the text holds the remedy.
 */
export class SetupError extends Error {
  readonly text: SetupText;

  constructor(text: SetupText, options?: ErrorOptions) {
    super(text.en, options);
    this.name = "SetupError";
    this.text = text;
  }
}
