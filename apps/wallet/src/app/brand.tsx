import { classNames } from "@jinqiao/ui";

/** Sign and name. */
export function Brand({ className }: { className?: string }) {
  return (
    <span className={classNames("items-center gap-2.5 text-lg font-bold", className)}>
      <img src="/icon.svg" alt="" className="size-8 rounded-lg" />
      <span>
        Jinqiao <span lang="zh-CN">金桥</span>
      </span>
    </span>
  );
}
