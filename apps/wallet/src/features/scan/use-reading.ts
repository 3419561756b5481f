import { unwrap } from "@jinqiao/contract/client";
import { useAction } from "@jinqiao/ui";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api.ts";
import type { Reading } from "./reading.tsx";

/** Asks the server what a text is. A genuine code of one payment leads to it at once. */
export function useReading() {
  const navigate = useNavigate();
  const [reading, setReading] = useState<Reading | null>(null);
  const [text, setText] = useState("");
  const read = useAction(async (given: string) => {
    setText(given);
    const answer = await unwrap(api.POST("/v1/codes/read", { body: { text: given.slice(0, 4_096) } }));
    if (answer.payment) {
      await navigate({ to: "/pay/$token", params: { token: answer.payment.token } });
      return;
    }
    setReading(answer);
  });
  return {
    reading,
    read: read.run,
    again: () => read.run(text),
    pending: read.pending,
    error: read.error,
    clear: () => {
      setReading(null);
      read.clear();
    },
  };
}
