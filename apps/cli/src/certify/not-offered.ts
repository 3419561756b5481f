/** The bank has no way to be asked this; the check is skipped with the reason, which is no failure. */
export class NotOffered extends Error {}
