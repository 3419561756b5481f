import { useState } from "react";

/**
 * The token behind the `#` of a link in one of our messages. It is taken out of the address at once: browsers never
 * send this part to a server, and so it does not stay in the history either.
 */
export function useLinkToken(): string | null {
  const [token] = useState(() => {
    const found = globalThis.location.hash.slice(1);
    if (found === "") return null;
    globalThis.history.replaceState(globalThis.history.state, "", globalThis.location.pathname);
    return found;
  });
  return token;
}
