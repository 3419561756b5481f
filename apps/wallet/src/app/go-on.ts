/**
 * Goes where the person was on the way to before signing in. The merchants' portal is another app of this server, so
 * the browser loads it; everything else is a page of the wallet.
 */
export function goOn(next: string | undefined, push: (path: string) => void): void {
  if (next !== undefined && /^\/console\/merchant(?:[/?#]|$)/.test(next)) location.assign(next);
  else push(next ?? "/");
}
