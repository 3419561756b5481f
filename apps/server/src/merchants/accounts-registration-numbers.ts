/** How companies are numbered in a country. */
export type NumberForm = {
  country: string;
  name: { en: string; zh: string };
  /** What the number is called there. */
  number: { en: string; zh: string };
  example: string;
  soleTraderNeedsNumber: boolean;
  /** Takes the number without spaces and in capitals. */
  fits(number: string): boolean;
};

/** The number as it is compared and kept: capitals, without spaces, dots and dashes. */
export const normalNumber = (written: string): string => written.toUpperCase().replaceAll(/[\s.-]/g, "");

/** Of a country that is not listed we only know that there is a number. */
export function fitsCountry(country: string, number: string): boolean {
  const form = numberForms.find((one) => one.country === country);
  return form === undefined ? /^[A-Z0-9]{3,30}$/.test(number) : form.fits(number);
}

const digits = (text: string) => [...text].map(Number);

/** Luhn's check digit (ISO/IEC 7812-1, annex B). */
function luhn(text: string): boolean {
  const sum = digits(text)
    .reverse()
    .reduce((total, digit, at) => {
      const doubled = at % 2 === 1 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

const creditCodeSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/** Unified social credit code: GB 32100-2015, the 18th sign is a check over the other 17, modulo 31. */
function creditCode(text: string): boolean {
  if (!/^[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}$/.test(text)) return false;
  const sum = [...text.slice(0, 17)].reduce(
    (total, sign, at) => total + creditCodeSigns.indexOf(sign) * (3 ** at % 31),
    0,
  );
  return creditCodeSigns[(31 - (sum % 31)) % 31] === text[17];
}

/** Corporate number of Japan: the first digit checks the other twelve (National Tax Agency's published rule). */
function corporateNumber(text: string): boolean {
  if (!/^[1-9]\d{12}$/.test(text)) return false;
  const sum = digits(text.slice(1))
    .reverse()
    .reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 1 : 2), 0);
  return 9 - (sum % 9) === Number(text[0]);
}

export const numberForms: readonly NumberForm[] = [
  {
    country: "CN",
    name: { en: "China", zh: "中国" },
    number: { en: "Unified social credit code", zh: "统一社会信用代码" },
    example: "91350100M000100Y43",
    soleTraderNeedsNumber: true,
    fits: creditCode,
  },
  {
    country: "HK",
    name: { en: "Hong Kong SAR", zh: "中国香港" },
    number: { en: "Business registration number", zh: "商业登记号码" },
    example: "12345678",
    soleTraderNeedsNumber: true,
    fits: (text) => /^\d{8}(\d{3}|\d{11})?$/.test(text),
  },
  {
    country: "GB",
    name: { en: "United Kingdom", zh: "英国" },
    number: { en: "Company number", zh: "公司注册号" },
    example: "SC123456",
    soleTraderNeedsNumber: false,
    fits: (text) => /^(\d{8}|[A-Z]{2}\d{6}|R\d{7})$/.test(text),
  },
  {
    country: "IE",
    name: { en: "Ireland", zh: "爱尔兰" },
    number: { en: "Company number", zh: "公司注册号" },
    example: "123456",
    soleTraderNeedsNumber: false,
    fits: (text) => /^\d{1,6}$/.test(text),
  },
  {
    country: "DE",
    name: { en: "Germany", zh: "德国" },
    number: { en: "Commercial register (HRA or HRB and number)", zh: "商业登记号（HRA 或 HRB 加号码）" },
    example: "HRB 12345",
    soleTraderNeedsNumber: false,
    fits: (text) => /^HR[AB]\d{1,6}[A-Z]{0,3}$/.test(text),
  },
  {
    country: "FR",
    name: { en: "France", zh: "法国" },
    number: { en: "SIREN", zh: "SIREN 号" },
    example: "732 829 320",
    soleTraderNeedsNumber: true,
    fits: (text) => /^\d{9}$/.test(text) && luhn(text),
  },
  {
    country: "NL",
    name: { en: "Netherlands", zh: "荷兰" },
    number: { en: "KvK number", zh: "KvK 注册号" },
    example: "12345678",
    soleTraderNeedsNumber: true,
    fits: (text) => /^\d{8}$/.test(text),
  },
  {
    country: "IT",
    name: { en: "Italy", zh: "意大利" },
    number: { en: "VAT number (11 digits)", zh: "增值税号（11 位）" },
    example: "12345670017",
    soleTraderNeedsNumber: true,
    fits: (text) => /^\d{11}$/.test(text) && luhn(text),
  },
  {
    country: "JP",
    name: { en: "Japan", zh: "日本" },
    number: { en: "Corporate number", zh: "法人编号" },
    example: "7000012050002",
    soleTraderNeedsNumber: false,
    fits: corporateNumber,
  },
  {
    country: "SG",
    name: { en: "Singapore", zh: "新加坡" },
    number: { en: "Unique entity number", zh: "机构识别编号（UEN）" },
    example: "201912345K",
    soleTraderNeedsNumber: true,
    fits: (text) => /^(\d{8}[A-Z]|\d{9}[A-Z]|[ST]\d{2}[A-Z]{2}\d{4}[A-Z])$/.test(text),
  },
  {
    country: "US",
    name: { en: "United States", zh: "美国" },
    number: { en: "Employer identification number", zh: "雇主识别号" },
    example: "12-3456789",
    soleTraderNeedsNumber: false,
    fits: (text) => /^\d{9}$/.test(text),
  },
  {
    country: "KW",
    name: { en: "Kuwait", zh: "科威特" },
    number: { en: "Commercial registration number", zh: "商业登记号" },
    example: "123456",
    soleTraderNeedsNumber: true,
    fits: (text) => /^\d{3,8}$/.test(text),
  },
];
