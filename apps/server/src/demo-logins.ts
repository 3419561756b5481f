/**
 * The people that a demo installation opens with (`JINQIAO_SEED=demo`). Their password is public: such an
 * installation holds invented money at a sandbox bank. The launcher prints them after it has started.
 */
export const demoLogins = {
  password: "jinqiao-demo",
  customers: [
    { email: "lin@example.com", displayName: "林晓", locale: "zh" },
    { email: "wang@example.com", displayName: "王磊", locale: "zh" },
    { email: "emma@example.com", displayName: "Emma Clarke", locale: "en" },
  ],
  staff: [
    { email: "ops@example.com", displayName: "陈静 Chen Jing", role: "operations" },
    { email: "second@example.com", displayName: "周宁 Zhou Ning", role: "operations" },
    { email: "viewer@example.com", displayName: "Sam Reed", role: "viewer" },
    { email: "support@example.com", displayName: "何雨 He Yu", role: "support" },
    { email: "compliance@example.com", displayName: "Nora Field", role: "compliance" },
    { email: "security@example.com", displayName: "许安 Xu An", role: "security" },
    { email: "admin@example.com", displayName: "Ida Brook", role: "administrator" },
  ],
} as const;
