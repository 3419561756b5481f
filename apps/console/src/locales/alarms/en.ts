/** Texts of the pages of alarms, which come with them. `zh.ts` has exactly the same ids. */
export const en = {
  "alarms.title": "Alarms",
  "alarms.lead":
    "The books are checked every minute. An alarm says what does not agree; until it is cleared, no money of its currency is paid out to banks.",
  "alarms.tabs": "Alarms by status",
  "alarms.none": "There are no alarms",
  "alarms.none_open": "No alarm is open",
  "alarms.none_hint": "Everything that was checked so far agrees, or was looked into and cleared.",
  "alarms.column.what": "What does not agree",
  "alarms.column.currency": "Currency",
  "alarms.column.found": "Found",
  "alarms.every_currency": "All",
  "alarm_status.open": "Open",
  "alarm_status.cleared": "Cleared",
  "alarm.id": "Alarm id",
  "alarm.found_at": "Found",
  "alarm.subject": "Where",
  "alarm.currency": "Currency",
  "alarm.every_currency": "Every currency: it cannot be told which one it is",
  "alarm.expected": "It should be",
  "alarm.found": "It is",
  "alarm.facts": "What was found",
  "alarm.stops": "What stands still",
  "alarm.stops_text":
    "Payments out to banks in {currency}. New withdrawals are refused, and those not sent yet wait and go on by themselves afterwards. What a bank already has is followed up and settled. Top-ups and transfers between customers go on.",
  "alarm.stops_all":
    "All payments out to banks. New withdrawals are refused, and those not sent yet wait and go on by themselves afterwards. What a bank already has is followed up and settled. Top-ups and transfers between customers go on.",
  "alarm.todo": "What to do",
  "alarm.clear_title": "Clear this alarm",
  "alarm.clear_lead":
    "Clear it once you know what happened. Payments out go on when no alarm of the currency is open. Your name and your reason stay on record.",
  "alarm.note": "What did you find? For the audit trail",
  "alarm.note_hint": "At least 5 characters: the cause, what was put right, and who agreed.",
  "alarm.note_missing": "Please say what you found, in at least 5 characters.",
  "alarm.confirm": "Clear the alarm",
  "alarm.cleared_title": "This alarm is cleared",
  "alarm.viewer": "You may look at this alarm. Clearing it takes someone with the role Operations.",
  "alarm_todo.rows":
    "Only Jinqiao writes these rows, and it never changes them. So the database was changed directly, or it is damaged. Keep a copy of it as it is now, run “npx jinqiao audit”, and compare with your last backup. The rows themselves stay as they are; what a customer has lost or gained is put right by a new posting.",
  "alarm_todo.account":
    "The database was changed directly, or it is damaged. Keep a copy of it as it is now, run “npx jinqiao audit”, and have your database administrator set the account right from its entries and holds. The alarm can be cleared as soon as they agree.",
  "alarm_todo.sums":
    "Accounts or their totals were changed outside of Jinqiao. Look at the other alarms first: they may name the account. Otherwise keep a copy of the database as it is now, run “npx jinqiao audit”, and compare with your last backup. The alarm can be cleared as soon as the sums agree.",
  "alarm_todo.custody":
    "Look at the trial balance and at the breaks: a loss that was written off or a fee of the bank lowers what is held. Transfer your own money to the custody account, and close the break that its line on the statement opens. The alarm can be cleared as soon as customers' money is covered.",
  "alarm_todo.log":
    "The log no longer signs anything. Keep a copy of the database as it is now, run “npx jinqiao audit” with the last checkpoint that you or a witness kept, and find out who could change the database.",
  "alarm_name.positions_dense": "A transfer is missing or out of place",
  "alarm_name.transfer_complete": "Entries of a transfer are missing",
  "alarm_name.double_entry": "A transfer does not balance",
  "alarm_name.entry_sequence": "An account's entries have a gap",
  "alarm_name.entry_balance": "A balance does not follow from the one before",
  "alarm_name.account_sequence": "An account has not as many entries as it counts",
  "alarm_name.account_balance": "An account's balance is not what its last entry left",
  "alarm_name.account_held": "What is held does not fit the holds",
  "alarm_name.account_floor": "An account is below its limit",
  "alarm_name.trial_balance": "Debits and credits are not equal",
  "alarm_name.totals": "A running total is wrong",
  "alarm_name.custody": "Customers' money is not covered",
  "alarm_name.log_consistent": "The log does not continue what was signed",
  "alarm_means.positions_dense":
    "Every transfer takes the next place in the books, once and without gaps. The figures count the transfers at this place.",
  "alarm_means.transfer_complete":
    "A transfer has all of its entries, with the date of the transfer. The figures count the entries that fit.",
  "alarm_means.double_entry":
    "Within a transfer, debits and credits of a currency are equal. The figure is the difference that is left.",
  "alarm_means.entry_sequence":
    "The entries of an account are numbered one after the other. The figures are the number an entry should have and the one it has.",
  "alarm_means.entry_balance":
    "The balance after an entry is the balance before it and the amount of the entry.",
  "alarm_means.account_sequence":
    "Each account counts its entries. The figures are the number of the last entry and what the account counts.",
  "alarm_means.account_balance": "The balance of an account is the balance after its last entry.",
  "alarm_means.account_held": "What is held of an account is the sum of its open holds.",
  "alarm_means.account_floor":
    "The available balance of an account does not fall below the lowest that is allowed for it.",
  "alarm_means.trial_balance":
    "Over all accounts of a currency, debits and credits are equal. The figure is the difference that is left.",
  "alarm_means.totals":
    "What is held for customers and what is owed to them is added up with every posting. That total differs from the sum of the accounts.",
  "alarm_means.custody":
    "The money held at banks for customers is at least what is owed to them. The figures are what is owed and what is held.",
  "alarm_means.log_consistent":
    "The transparency log only ever grows. What it says now does not contain what it has signed before.",
};

export type AlarmsMessageId = keyof typeof en;
