export type Strength = "short" | "weak" | "fair" | "good";

/** The least number of characters; the contract's `newPassword` holds the server to the same. */
const leastLength = 10;

/**
 * A word about a password while it is typed, by its length and variety alone. It is a hint: whether a password is known
 * from break-ins is what the server knows, and refuses with words of its own.
 */
export function passwordStrength(password: string): Strength {
  const characters = [...password];
  if (characters.length < leastLength) return "short";
  const distinct = new Set(characters).size;
  if (distinct < 6 || /^\d+$/.test(password) || isRow(characters)) return "weak";
  // Several words in a row, or Chinese characters, of which there are thousands to choose from.
  const ideographs = characters.filter((one) => /\p{Script=Han}/u.test(one)).length;
  if (characters.length + ideographs >= 16 && distinct >= 8) return "good";
  return "fair";
}

/** Whether most characters follow the one before, as in 1234567890 or abcdefghij. */
function isRow(characters: string[]): boolean {
  const steps = characters
    .slice(1)
    .filter(
      (one, index) => Math.abs((one.codePointAt(0) ?? 0) - (characters[index]?.codePointAt(0) ?? 0)) <= 1,
    );
  return steps.length >= characters.length * 0.7;
}
