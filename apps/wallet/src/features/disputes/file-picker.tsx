import { FieldError, IconButton } from "@jinqiao/ui";
import { FileText, Paperclip, Trash2 } from "lucide-react";
import { type ChangeEvent, useId, useState } from "react";
import { acceptedTypes, maxFileBytes, maxFiles } from "./queries.ts";
import { useT } from "./text.ts";

/** Chooses files to send; what cannot be sent is said at once and left out. */
export function FilePicker({
  files,
  onChange,
  disabled = false,
  room = maxFiles,
}: {
  files: readonly File[];
  onChange: (files: File[]) => void;
  disabled?: boolean;
  /** How many may still be added in all. */
  room?: number;
}) {
  const t = useT();
  const id = useId();
  const [refused, setRefused] = useState<string | null>(null);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(event.currentTarget.files ?? [])];
    // The same file may be chosen again after it was changed.
    event.currentTarget.value = "";
    const fitting = chosen.filter(
      (file) => file.size > 0 && file.size <= maxFileBytes && acceptedTypes.split(",").includes(file.type),
    );
    const all = [...files, ...fitting];
    const tooMany = all.length > room;
    const wrong = chosen.find((file) => !fitting.includes(file));
    setRefused(
      tooMany
        ? t("disputes.files.too_many", { count: String(maxFiles) })
        : wrong
          ? t("disputes.files.wrong", { name: wrong.name })
          : null,
    );
    onChange(all.slice(0, room));
  };
  return (
    <div className="grid gap-2">
      <span className="text-sm font-medium">{t("disputes.files")}</span>
      {files.length > 0 && (
        <ul className="grid gap-1">
          {files.map((file, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
            <li key={index} className="flex min-h-11 items-center gap-2 rounded-xl bg-sunken px-3">
              <FileText aria-hidden className="size-5 shrink-0 text-ink-muted" />
              <span className="min-w-0 flex-1 truncate" translate="no">
                {file.name}
              </span>
              <IconButton
                label={t("disputes.files.remove", { name: file.name })}
                disabled={disabled}
                onClick={() => onChange(files.filter((_, at) => at !== index))}
              >
                <Trash2 aria-hidden className="size-5" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {files.length < room && (
        <label
          htmlFor={id}
          className="flex min-h-14 cursor-pointer items-center gap-3 rounded-2xl border-2 border-dashed border-line-strong px-4 py-3 focus-within:outline-2 focus-within:outline-jade hover:bg-sunken"
        >
          <Paperclip aria-hidden className="size-5 shrink-0 text-jade" />
          <span className="min-w-0">
            <span className="block font-semibold">{t("disputes.files.add")}</span>
            <span className="block text-sm text-ink-muted">{t("disputes.files.hint")}</span>
          </span>
          <input
            id={id}
            type="file"
            multiple
            accept={acceptedTypes}
            data-testid="evidence-files"
            className="sr-only"
            disabled={disabled}
            onChange={choose}
          />
        </label>
      )}
      <FieldError id={`${id}-error`} error={refused} />
    </div>
  );
}
