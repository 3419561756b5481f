import { unwrap } from "@jinqiao/contract/client";
import { Button, Problem, useAction } from "@jinqiao/ui";
import { Download } from "lucide-react";
import type { ReactNode } from "react";

/** Offers a text or a blob as a file of the browser's downloads. */
export function saveBlob(fileName: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken the file over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file of the API, fetched with the merchant's headers, which a plain link could not send. */
export function FileButton(props: {
  fileName: string;
  get: () => Promise<{ data?: unknown; error?: unknown; response: Response }>;
  children: ReactNode;
  "data-testid"?: string;
}) {
  const { run, pending, error } = useAction(async () => {
    saveBlob(props.fileName, (await unwrap(props.get())) as Blob);
  });
  return (
    <>
      <Button
        variant="secondary"
        size="small"
        data-testid={props["data-testid"]}
        pending={pending}
        onClick={() => run()}
      >
        {!pending && <Download aria-hidden className="size-4" />}
        {props.children}
      </Button>
      <Problem error={error} />
    </>
  );
}
