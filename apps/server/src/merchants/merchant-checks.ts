import type { MerchantCheck } from "@jinqiao/contract";
import { compareNames } from "../banks/index.ts";
import { categoryOf } from "./accounts-categories.ts";
import { fitsCountry, numberForms } from "./accounts-registration-numbers.ts";
import type { MerchantRecord } from "./shop-data.ts";

/** What the checks look at beside the merchant itself. */
export type CheckFacts = {
  /** Names of the owners' wallets, as they told us. */
  ownerNames: readonly string[];
  /** Merchants, not closed, that gave the same registration number. */
  sameNumber: number;
  settlementAccount: "none" | "awaiting_code" | "verified";
  documents: number;
};

/** Fields that must be filled in before a merchant is handed in. */
export function missingFields(merchant: MerchantRecord): string[] {
  const needed = {
    legalName: merchant.legalName,
    form: merchant.form,
    mcc: merchant.mcc,
    supportEmail: merchant.supportEmail,
    address: merchant.address,
    ...(needsNumber(merchant) ? { registrationNumber: merchant.registrationNumber } : {}),
  };
  return Object.entries(needed).flatMap(([name, value]) => (value === null ? [name] : []));
}

function needsNumber({ form, country }: Pick<MerchantRecord, "form" | "country">): boolean {
  if (form !== "sole_trader") return true;
  return numberForms.find((one) => one.country === country)?.soleTraderNeedsNumber ?? false;
}

const check = (
  id: MerchantCheck["id"],
  outcome: MerchantCheck["outcome"],
  en: string,
  zh: string,
): MerchantCheck => ({ id, outcome, detail: { en, zh } });

/**
 * Looks at a merchant before it takes real money. `failed` keeps it from being opened; `attention` is for the two people
 * who decide. No register is asked and no website visited: those checks say so, and a person looks.
 */
export function checksOf(merchant: MerchantRecord, facts: CheckFacts): MerchantCheck[] {
  const missing = missingFields(merchant);
  return [
    missing.length === 0
      ? check("details", "passed", "Everything needed is filled in.", "所需资料均已填写。")
      : check("details", "failed", "Something is not filled in yet.", "还有资料未填写。"),
    categoryCheck(merchant),
    numberCheck(merchant),
    nameCheck(merchant, facts.ownerNames),
    facts.sameNumber === 0
      ? check("duplicate", "passed", "No other merchant has this number.", "没有其他商户使用该注册号。")
      : check(
          "duplicate",
          "attention",
          `${facts.sameNumber} other merchant(s) gave the same registration number.`,
          `另有 ${facts.sameNumber} 家商户填写了相同的注册号。`,
        ),
    accountCheck(facts.settlementAccount),
    merchant.website === null
      ? check("website", "passed", "No website given: it sells in stores.", "未填写网站：在门店经营。")
      : check(
          "website",
          "attention",
          "Not visited by us. Look at it: name, goods and contact should fit.",
          "系统未访问该网站，请人工查看名称、商品和联系方式是否相符。",
        ),
    facts.documents > 0
      ? check("documents", "attention", "Papers to read.", "有材料需要审阅。")
      : check(
          "documents",
          "attention",
          "No papers were added. Look the business up in the register.",
          "未提交材料，请在登记机关查询该企业。",
        ),
  ];
}

function categoryCheck({ mcc }: MerchantRecord): MerchantCheck {
  const category = mcc === null ? undefined : categoryOf(mcc);
  if (category === undefined)
    return check("category", "failed", "No category was chosen.", "尚未选择经营类别。");
  switch (category.policy) {
    case "usual":
      return check("category", "passed", `${category.en}: as usual.`, `${category.zh}：常规类别。`);
    case "looked_at":
      return check(
        "category",
        "attention",
        `${category.en}: look closely before opening, e.g. at its licence.`,
        `${category.zh}：开通前须仔细审核，例如经营许可。`,
      );
    case "prohibited":
      return check(
        "category",
        "failed",
        `${category.en}: we take no payments for that.`,
        `${category.zh}：不提供收款服务。`,
      );
  }
}

function numberCheck(merchant: MerchantRecord): MerchantCheck {
  const { registrationNumber: number, country } = merchant;
  if (number === null)
    return needsNumber(merchant)
      ? check("registration_number", "failed", "The registration number is missing.", "缺少注册号。")
      : check(
          "registration_number",
          "passed",
          "Sole traders of that country need none.",
          "该国家（地区）的个体经营者无需注册号。",
        );
  return fitsCountry(country, number)
    ? check(
        "registration_number",
        "passed",
        "Its form is that of the country. The register was not asked.",
        "格式符合该国家（地区）的规定；未向登记机关查询。",
      )
    : check("registration_number", "failed", "Not in the country's form.", "不符合该国家（地区）的格式。");
}

function nameCheck({ form, legalName }: MerchantRecord, ownerNames: readonly string[]): MerchantCheck {
  if (form === "company")
    return check(
      "owner_name",
      "attention",
      "A company: read in its papers who may act for it.",
      "公司商户：请核对材料中谁有权代表公司。",
    );
  const results = ownerNames.map((name) => compareNames(name, legalName ?? ""));
  if (results.includes("match"))
    return check(
      "owner_name",
      "passed",
      "The owner's wallet is in the same name.",
      "所有者的钱包姓名与登记姓名一致。",
    );
  return check(
    "owner_name",
    "attention",
    "The owner's wallet is in another name, or in other writing.",
    "所有者的钱包姓名与登记姓名不同，或书写文字不同。",
  );
}

function accountCheck(state: CheckFacts["settlementAccount"]): MerchantCheck {
  switch (state) {
    case "verified":
      return check(
        "settlement_account",
        "passed",
        "Verified by name and by one cent.",
        "已通过户名核验和一分钱验证。",
      );
    case "awaiting_code":
      return check(
        "settlement_account",
        "attention",
        "The code of the cent has not been typed yet; nothing is paid out until then.",
        "尚未输入一分钱验证码，在此之前不会出款。",
      );
    case "none":
      return check(
        "settlement_account",
        "attention",
        "No account for payouts yet; nothing is paid out until there is one.",
        "尚未填写收款账户，在此之前不会出款。",
      );
  }
}
