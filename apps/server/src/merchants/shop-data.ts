import type { FeeTerms, MerchantRole, MerchantStatus, PostalAddress } from "@jinqiao/contract";
import type { Currency, Id } from "@jinqiao/money";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";

/** A merchant as the module thinks of it: everything opened, `version` counts every change of it or its team. */
export type MerchantRecord = {
  id: Id<"mer">;
  status: MerchantStatus;
  statusNote: string | null;
  tradingName: { en: string; zh: string };
  legalName: string | null;
  form: "sole_trader" | "company" | null;
  registrationNumber: string | null;
  country: string;
  mcc: string | null;
  website: string | null;
  supportEmail: string | null;
  supportPhone: string | null;
  address: PostalAddress | null;
  timeZone: string;
  currency: Currency;
  openedBy: Id<"cus">;
  payoutsPausedUntil: Date | null;
  version: number;
  createdAt: Date;
  submittedAt: Date | null;
  activatedAt: Date | null;
  closedAt: Date | null;
};
export type MemberRecord = {
  id: Id<"mbr">;
  merchantId: Id<"mer">;
  customerId: Id<"cus"> | null;
  status: "invited" | "active" | "refused" | "removed";
  role: MerchantRole;
  /** Where the invitation went; null once the person's own wallet tells the address. */
  email: string | null;
  locale: "zh" | "en";
  invitedBy: Id<"cus"> | null;
  expiresAt: Date | null;
  version: number;
  createdAt: Date;
};
export type StoreRecord = {
  id: Id<"sto">;
  merchantId: Id<"mer">;
  name: { en: string; zh: string };
  address: PostalAddress | null;
  phone: string | null;
  status: "active" | "closed";
  version: number;
  createdAt: Date;
};
export type TillRecord = {
  id: Id<"til">;
  merchantId: Id<"mer">;
  storeId: Id<"sto">;
  name: string;
  status: "active" | "closed";
  version: number;
  createdAt: Date;
};
export type SettlementAccountRecord = {
  id: Id<"mac">;
  merchantId: Id<"mer">;
  status: "awaiting_code" | "verified" | "failed" | "replaced" | "refused";
  bankId: string;
  currency: Currency;
  country: string;
  /** IBAN, or sort code and account number (14 digits). */
  number: string;
  holderName: string;
  maskedNumber: string;
  nameCheck: "match" | "close_match" | "no_match" | "not_possible";
  code: string | null;
  tries: number;
  codeExpiresAt: Date | null;
  verifiedAt: Date | null;
  usableFrom: Date | null;
  version: number;
  createdAt: Date;
};
export type FeePlanRecord = {
  id: Id<"fpl">;
  key: string;
  version: number;
  name: { en: string; zh: string };
  terms: FeeTerms;
  createdAt: Date;
};
export type ShopperRecord = {
  id: Id<"shp">;
  merchantId: Id<"mer">;
  livemode: boolean;
  name: string | null;
  email: string | null;
  phone: string | null;
  metadata: Record<string, string>;
  reference: string | null;
  deletedAt: Date | null;
  version: number;
  createdAt: Date;
};

const merchantData = {
  table: "merchants.merchant",
  id: "id",
  columns: ["status_note", "legal_name", "registration_number", "support_email", "support_phone", "address"],
  indexed: ["registration_number"],
} as const satisfies PersonalTable;
const memberData = {
  table: "merchants.member",
  id: "id",
  columns: ["email"],
  indexed: ["email"],
} as const satisfies PersonalTable;
const storeData = {
  table: "merchants.store",
  id: "id",
  columns: ["address", "phone"],
} as const satisfies PersonalTable;
const accountData = {
  table: "merchants.settlement_account",
  id: "id",
  columns: ["number", "holder_name", "code"],
} as const satisfies PersonalTable;
export const documentData = {
  table: "merchants.document",
  id: "id",
  columns: ["title", "text"],
} as const satisfies PersonalTable;
export const recordData = {
  table: "merchants.record",
  id: "id",
  columns: ["detail"],
} as const satisfies PersonalTable;
const shopperData = {
  table: "merchants.shopper",
  id: "id",
  columns: ["name", "email", "phone", "metadata"],
  indexed: ["email"],
  // Whose data it is: the shop's customer is a subject of their own, so that erasing one is destroying one key.
  subject: "id",
} as const satisfies PersonalTable;

/** Where what shops say of themselves and of people is kept, sealed. */
export const shopData: readonly PersonalTable[] = [
  merchantData,
  memberData,
  storeData,
  accountData,
  documentData,
  recordData,
  shopperData,
];

type Row = Record<string, unknown>;
const text = (value: unknown) => value as string;
const maybe = (value: unknown) => (value ?? null) as string | null;
const date = (value: unknown) => (value ?? null) as Date | null;
const hex = (index: Buffer | null) => (index === null ? null : `\\x${index.toString("hex")}`);
/** Addresses are kept and found in small letters. */
export const normalAddress = (email: string) => email.trim().toLowerCase();

export type ShopRows = ReturnType<typeof createShopRows>;

/** Turns records into rows for `merchants.write_shops` and rows into records. */
export function createShopRows(vault: Vault) {
  const merchants = personalData(vault, merchantData);
  const members = personalData(vault, memberData);
  const stores = personalData(vault, storeData);
  const accounts = personalData(vault, accountData);
  const shoppers = personalData(vault, shopperData);
  const write = (table: string, row: Row) => ({ writer: "merchants.write_shops", row: { table, row } });
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  const parsed = <T>(value: string | null) => (value === null ? null : (JSON.parse(value) as T));

  return {
    registrationIndex: (number: string) => merchants.index("registration_number", number),
    memberIndex: (email: string) => members.index("email", normalAddress(email)),
    shopperIndex: (email: string) => shoppers.index("email", normalAddress(email)),

    merchant: (record: MerchantRecord) =>
      write("merchant", {
        id: record.id,
        status: record.status,
        status_note_sealed: merchants.seal("status_note", record, record.statusNote),
        trading_name_en: record.tradingName.en,
        trading_name_zh: record.tradingName.zh,
        legal_name_sealed: merchants.seal("legal_name", record, record.legalName),
        form: record.form,
        registration_number_sealed: merchants.seal("registration_number", record, record.registrationNumber),
        registration_number_index: hex(
          record.registrationNumber === null
            ? null
            : merchants.index("registration_number", record.registrationNumber),
        ),
        country: record.country,
        mcc: record.mcc,
        website: record.website,
        support_email_sealed: merchants.seal("support_email", record, record.supportEmail),
        support_phone_sealed: merchants.seal("support_phone", record, record.supportPhone),
        address_sealed: merchants.seal("address", record, json(record.address)),
        time_zone: record.timeZone,
        currency: record.currency,
        opened_by: record.openedBy,
        payouts_paused_until: record.payoutsPausedUntil,
        version: record.version,
        created_at: record.createdAt,
        submitted_at: record.submittedAt,
        activated_at: record.activatedAt,
        closed_at: record.closedAt,
      }),
    toMerchant: (row: Row): MerchantRecord => {
      const place = { id: text(row.id) };
      return {
        id: row.id as Id<"mer">,
        status: row.status as MerchantStatus,
        statusNote: merchants.open("status_note", place, maybe(row.status_note_sealed), null),
        tradingName: { en: text(row.trading_name_en), zh: text(row.trading_name_zh) },
        legalName: merchants.open("legal_name", place, maybe(row.legal_name_sealed), null),
        form: row.form as MerchantRecord["form"],
        registrationNumber: merchants.open(
          "registration_number",
          place,
          maybe(row.registration_number_sealed),
          null,
        ),
        country: text(row.country),
        mcc: maybe(row.mcc),
        website: maybe(row.website),
        supportEmail: merchants.open("support_email", place, maybe(row.support_email_sealed), null),
        supportPhone: merchants.open("support_phone", place, maybe(row.support_phone_sealed), null),
        address: parsed(merchants.open("address", place, maybe(row.address_sealed), null)),
        timeZone: text(row.time_zone),
        currency: row.currency as Currency,
        openedBy: row.opened_by as Id<"cus">,
        payoutsPausedUntil: date(row.payouts_paused_until),
        version: row.version as number,
        createdAt: row.created_at as Date,
        submittedAt: date(row.submitted_at),
        activatedAt: date(row.activated_at),
        closedAt: date(row.closed_at),
      };
    },

    member: (record: MemberRecord) =>
      write("member", {
        id: record.id,
        merchant_id: record.merchantId,
        customer_id: record.customerId,
        status: record.status,
        role: record.role,
        email_sealed: members.seal("email", record, record.email),
        email_index: hex(record.email === null ? null : members.index("email", record.email)),
        locale: record.locale,
        invited_by: record.invitedBy,
        expires_at: record.expiresAt,
        version: record.version,
        created_at: record.createdAt,
      }),
    toMember: (row: Row): MemberRecord => ({
      id: row.id as Id<"mbr">,
      merchantId: row.merchant_id as Id<"mer">,
      customerId: row.customer_id as Id<"cus"> | null,
      status: row.status as MemberRecord["status"],
      role: row.role as MerchantRole,
      email: members.open("email", { id: text(row.id) }, maybe(row.email_sealed), null),
      locale: row.locale as "zh" | "en",
      invitedBy: row.invited_by as Id<"cus"> | null,
      expiresAt: date(row.expires_at),
      version: row.version as number,
      createdAt: row.created_at as Date,
    }),

    store: (record: StoreRecord) =>
      write("store", {
        id: record.id,
        merchant_id: record.merchantId,
        name_en: record.name.en,
        name_zh: record.name.zh,
        address_sealed: stores.seal("address", record, json(record.address)),
        phone_sealed: stores.seal("phone", record, record.phone),
        status: record.status,
        version: record.version,
        created_at: record.createdAt,
      }),
    toStore: (row: Row): StoreRecord => ({
      id: row.id as Id<"sto">,
      merchantId: row.merchant_id as Id<"mer">,
      name: { en: text(row.name_en), zh: text(row.name_zh) },
      address: parsed(stores.open("address", { id: text(row.id) }, maybe(row.address_sealed), null)),
      phone: stores.open("phone", { id: text(row.id) }, maybe(row.phone_sealed), null),
      status: row.status as StoreRecord["status"],
      version: row.version as number,
      createdAt: row.created_at as Date,
    }),
    till: (record: TillRecord) =>
      write("till", {
        id: record.id,
        merchant_id: record.merchantId,
        store_id: record.storeId,
        name: record.name,
        status: record.status,
        version: record.version,
        created_at: record.createdAt,
      }),
    toTill: (row: Row): TillRecord => ({
      id: row.id as Id<"til">,
      merchantId: row.merchant_id as Id<"mer">,
      storeId: row.store_id as Id<"sto">,
      name: text(row.name),
      status: row.status as TillRecord["status"],
      version: row.version as number,
      createdAt: row.created_at as Date,
    }),

    account: (record: SettlementAccountRecord) =>
      write("settlement_account", {
        id: record.id,
        merchant_id: record.merchantId,
        status: record.status,
        bank_id: record.bankId,
        currency: record.currency,
        country: record.country,
        number_sealed: accounts.seal("number", record, record.number),
        holder_name_sealed: accounts.seal("holder_name", record, record.holderName),
        masked_number: record.maskedNumber,
        name_check: record.nameCheck,
        code_sealed: accounts.seal("code", record, record.code),
        tries: record.tries,
        code_expires_at: record.codeExpiresAt,
        verified_at: record.verifiedAt,
        usable_from: record.usableFrom,
        version: record.version,
        created_at: record.createdAt,
      }),
    toAccount: (row: Row): SettlementAccountRecord => {
      const place = { id: text(row.id) };
      return {
        id: row.id as Id<"mac">,
        merchantId: row.merchant_id as Id<"mer">,
        status: row.status as SettlementAccountRecord["status"],
        bankId: text(row.bank_id),
        currency: row.currency as Currency,
        country: text(row.country),
        number: accounts.open("number", place, text(row.number_sealed), ""),
        holderName: accounts.open("holder_name", place, text(row.holder_name_sealed), ""),
        maskedNumber: text(row.masked_number),
        nameCheck: row.name_check as SettlementAccountRecord["nameCheck"],
        code: accounts.open("code", place, maybe(row.code_sealed), null),
        tries: row.tries as number,
        codeExpiresAt: date(row.code_expires_at),
        verifiedAt: date(row.verified_at),
        usableFrom: date(row.usable_from),
        version: row.version as number,
        createdAt: row.created_at as Date,
      };
    },

    plan: (record: FeePlanRecord) =>
      write("fee_plan", {
        id: record.id,
        key: record.key,
        version: record.version,
        name_en: record.name.en,
        name_zh: record.name.zh,
        terms: record.terms,
        created_at: record.createdAt,
      }),
    planOf: (of: { merchantId: string; planId: string; from: Date }) =>
      write("fee_plan_of", { merchant_id: of.merchantId, plan_id: of.planId, from_at: of.from }),
    toPlan: (row: Row): FeePlanRecord => ({
      id: row.id as Id<"fpl">,
      key: text(row.key),
      version: row.version as number,
      name: { en: text(row.name_en), zh: text(row.name_zh) },
      terms: row.terms as FeeTerms,
      createdAt: row.created_at as Date,
    }),

    document: (row: Row) => write("document", row),
    record: (row: Row) => write("record", row),

    /** The shopper's key must be ready. */
    shopper: (record: ShopperRecord) => {
      const place = { id: record.id, subject: record.id };
      return write("shopper", {
        id: record.id,
        merchant_id: record.merchantId,
        livemode: record.livemode,
        name_sealed: shoppers.seal("name", place, record.name),
        email_sealed: shoppers.seal("email", place, record.email),
        phone_sealed: shoppers.seal("phone", place, record.phone),
        metadata_sealed: shoppers.seal("metadata", place, json(record.metadata)),
        email_index: hex(record.email === null ? null : shoppers.index("email", record.email)),
        reference: record.reference,
        deleted_at: record.deletedAt,
        version: record.version,
        created_at: record.createdAt,
      });
    },
    toShopper: (row: Row): ShopperRecord => {
      const place = { id: text(row.id), subject: text(row.id) };
      return {
        id: row.id as Id<"shp">,
        merchantId: row.merchant_id as Id<"mer">,
        livemode: row.livemode as boolean,
        name: shoppers.open("name", place, maybe(row.name_sealed), null),
        email: shoppers.open("email", place, maybe(row.email_sealed), null),
        phone: shoppers.open("phone", place, maybe(row.phone_sealed), null),
        metadata: parsed(shoppers.open("metadata", place, maybe(row.metadata_sealed), null)) ?? {},
        reference: maybe(row.reference),
        deletedAt: date(row.deleted_at),
        version: row.version as number,
        createdAt: row.created_at as Date,
      };
    },
  };
}
